"""Hold a study to its manifest before the board takes a number from it: one of this machine, or one that was sent."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from polyglot.audit.findings import ERROR, Finding, finding_of, ordered
from polyglot.audit.records import manifest_path
from polyglot.audit.sign import signature_path, vouched
from polyglot.audit.truth import establish
from polyglot.audit.verify import check_files, unexpected
from polyglot.core.errors import InputError
from polyglot.core.provenance import sha256_of
from polyglot.core.texts import spelt
from polyglot.report.packed_study import Packed

NEEDED = ("decision.json", "ranking.csv", "scores.csv")
# what an archive may lack: it is large, and nothing of the board is taken from it
LARGE = re.compile(r"results/[^/]+/(models/.*|report\.html)|.*\.safetensors", re.DOTALL)


@dataclass(frozen=True)
class Held:
    """What was checked of a study.

    Attributes:
        good: files that hold what the manifest says.
        absent: how many files of models, and the report, the archive lacks.
        manifest: SHA-256 of the manifest.
        voucher: who vouches for it, in a sentence.
    """

    good: frozenset[str]
    absent: int
    manifest: str
    voucher: str


def hold(root: Path, study: str, source: str, packed: Packed | None, signers: Path | None) -> Held:
    """Check records, manifest, its chain and files against each other. Raises InputError naming `source`.

    Of a study that was sent as `packed` every file is held, and a signature is asked for where `signers` are named; of
    one of this machine only what the board shows.
    """
    place = packed or root
    if not (place / manifest_path(study)).is_file():
        again = " and pack it again" if packed else ""
        raise InputError(f"{source}: has no {manifest_path(study)}; run the study to its end{again}")
    truth = establish(place, study)
    refuse_outside(source, study, truth.lines)
    if packed:
        checked = {path: packed.check(line) for path, line in truth.lines.items()}
    else:
        shown = [line for path, line in truth.lines.items() if is_shown(path, study)]
        checked = dict(check_files(root, shown, threads=1))
    absent = {path for path, finding in checked.items() if packed and may_be_absent(finding)}
    findings = [finding for path, finding in checked.items() if finding and path not in absent]
    findings += [finding_of(trouble) for trouble in truth.troubles]
    findings += unexpected(packed, study, truth) if packed else ()
    voucher, unsigned = vouched(root, study, signers if packed else None)
    cure = (
        "audit the study where it was made, and pack it again" if packed else "audit it, or leave it out: board.studies"
    )
    refuse_errors(source, [*findings, *unsigned], cure)
    good = frozenset(path for path, finding in checked.items() if finding is None)
    for name in NEEDED:
        if f"results/{study}/{name}" not in good:
            raise InputError(f"{source}: has no results/{study}/{name} in its manifest; run the study to its end")
    return Held(good, len(absent), sha256_of(root / manifest_path(study)), voucher)


def is_shown(path: str, study: str) -> bool:
    """Whether the board takes a number or a row from a file."""
    name = path.removeprefix(f"results/{study}/")
    return name in NEEDED or (name.startswith("samples/") and name.endswith(".csv"))


def is_opened(path: str, study: str) -> bool:
    """Whether a file of an archive is opened where it lies: what the board shows, and what a signature is of."""
    return is_shown(path, study) or path in (manifest_path(study), signature_path(study))


def may_be_absent(finding: Finding | None) -> bool:
    """Whether a finding is a large file that was not sent."""
    return finding is not None and finding.kind == "missing" and bool(LARGE.fullmatch(finding.file))


def refuse_outside(source: str, study: str, paths: Iterable[str]) -> None:
    """Raise InputError for a manifest that names a file outside the study, before any file is opened."""
    for path in paths:
        if ".." in Path(path).parts or not path.startswith((f"results/{study}/", f"paper_figures/{study}/")):
            raise InputError(f"{source}: its records name {spelt(path)}, outside the study; do not use it")


def refuse_errors(source: str, findings: Iterable[Finding], cure: str) -> None:
    """Raise InputError with the gravest finding that is an error, and the cure."""
    errors = [finding for finding in ordered(findings) if finding.severity == ERROR]
    if errors:
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise InputError(
            f"{source}: fails its audit: {spelt(first.file)}: {first.kind}: {spelt(first.expected)} expected, "
            f"{spelt(first.seen)} seen{more}; {cure}"
        )
