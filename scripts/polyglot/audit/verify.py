"""Check a study's files against their records. Every file is read, whatever its time of change."""

import errno
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from polyglot.audit import manifest_chain
from polyglot.audit.findings import Finding, finding_of, ordered
from polyglot.audit.manifest import REPORT
from polyglot.audit.records import LEFTOVER, PAID, folders, records_folder, walk
from polyglot.audit.sign import files_of_signing
from polyglot.audit.truth import Truth, environment_paths, establish, is_of_audit, short
from polyglot.core.files import Json
from polyglot.core.provenance import sha256_of
from polyglot.training.drop_students import is_droppable


@dataclass(frozen=True)
class Verified:
    """Findings on the files of a study, the files that hold what was written, and how much was read."""

    truth: Truth
    findings: list[Finding]
    good: frozenset[str]
    files: int
    read_bytes: int


def check_file(root: Path, line: Json) -> Finding | None:
    """Hold one file to its line."""
    path, expected = line["path"], expectation(line)
    try:
        status = os.lstat(root / path)
        if stat.S_ISLNK(status.st_mode):
            return Finding("link", path, expected, f"a link to {os.readlink(root / path)}")
        if status.st_nlink > 1 and stat.S_ISREG(status.st_mode):
            return Finding("link", path, expected, f"a hard link, a file with {status.st_nlink} names")
        if not stat.S_ISREG(status.st_mode):
            return Finding("changed", path, expected, "not a file")
        size = status.st_size
        return compared(line, size, sha256_of(root / path, links=False) if size == line["bytes"] else "")
    except (FileNotFoundError, NotADirectoryError):
        return Finding("missing", path, expected, "not there")
    except OSError as error:
        kind = "link" if error.errno == errno.ELOOP else "unreadable"
        return Finding(kind, path, expected, error.strerror or str(error))


def compared(line: Json, size: int, sha256: str) -> Finding | None:
    """Hold the size (bytes) and the hash of a file to its line; the hash counts where the size is right."""
    if size == line["bytes"] and sha256 == line["sha256"]:
        return None
    seen = short(sha256) if size == line["bytes"] else f"{size} bytes"
    return Finding("changed", line["path"], expectation(line), seen)


def expectation(line: Json) -> str:
    """A line's file, as people compare it."""
    return f"{short(line['sha256'])}, {line['bytes']} bytes"


def check_files(root: Path, lines: Iterable[Json], threads: int) -> Iterator[tuple[str, Finding | None]]:
    """Hold files to their lines, several at a time, the largest first, so that no thread ends with a long one."""
    lines = sorted(lines, key=lambda line: -line["bytes"])
    with ThreadPoolExecutor(threads) as pool:
        checked = pool.map(lambda line: check_file(root, line), lines, chunksize=1)
        yield from zip((line["path"] for line in lines), checked, strict=True)


def dropped(root: Path, truth: Truth) -> list[str]:
    """Students whose folder is gone, whole, after their finished evaluations had read every file of it."""
    evaluations: dict[str, list[dict[str, str]]] = defaultdict(list)
    for output, job in truth.jobs.items():
        if job["rule"] == "evaluate_student" and output.endswith(".json"):
            evaluations[str(Path(output).parent).replace("/evaluations/students/", "/students/")].append(job["inputs"])

    def is_evaluated(model: str) -> bool:
        weights = {path: truth.lines[path]["sha256"] for path in truth.files.get(model, ())}
        return is_droppable(weights, evaluations[str(Path(model).parent)])

    trained = [output for output, job in truth.jobs.items() if job["rule"] == "train" and output.endswith("/model")]
    return sorted(output for output in trained if not (root / output).exists() and is_evaluated(output))


def unexpected(root: Path, study: str, truth: Truth) -> Iterator[Finding]:
    """Files that no record names."""
    beside = environment_paths(truth, study) | files_of_signing(study)
    records = f"{records_folder(study)}/"
    content = tuple(f"results/{study}/{folder}/" for folder in ("logs", "timings"))
    late = []
    for folder in folders(study):
        for path, link in walk(root, folder):
            if link and path not in truth.lines:
                yield Finding("link", path, "nothing", f"a link to {os.readlink(root / path)}")
            elif path in truth.lines or path in beside:
                continue
            elif PAID.search(path):
                continue  # answers that were paid for, for reruns; the rows made of them are held
            elif LEFTOVER.search(path):
                yield Finding("unfinished", path, "nothing", "what a job was writing when it ended")
            elif path.startswith(records) and path.endswith(".json"):
                continue  # read, and held to its checksum, with the others
            elif path.startswith(content) and path not in truth.late:
                yield Finding("unfinished", path, "a record of its job", "none: the job has not ended, or failed")
            elif path == f"results/{study}/{REPORT}":
                yield Finding("unlisted", path, "a line of the manifest", "none: Snakemake wrote it since")
            elif path in truth.late:
                late.append(path)
            else:
                yield Finding("extra", path, "nothing", "no job's record names it")
    if late:
        more = f" and {len(late) - 1} more" if len(late) > 1 else ""
        yield Finding("unheld", late[0], "in the manifest", f"not held to anything{more}")


def replaced(root: Path, study: str, truth: Truth) -> Iterator[Finding]:
    """The manifest's own account of what was made again since the one before."""
    chain = manifest_chain.read_chain(root, study)
    if chain.troubles or not chain.replaced:
        return
    made, gone = chain.last["made"], chain.last["gone"]
    seen = f"{len(made)} outputs made again, {len(gone)} gone{': ' if gone else ''}{', '.join(gone[:3])}"
    files = {file for output in made for file in truth.files.get(output, ())}
    yield Finding("replaced", chain.paths[-1], f"manifest {short(chain.replaced[-1])} before", seen).below(files)


def stale(truth: Truth, project: Path, study: str) -> Iterator[Finding]:
    """Outputs whose code, tracked files or input outputs have changed since."""
    own = tuple(f"{folder}/" for folder in folders(study))
    by_cause: dict[tuple[str, str], set[str]] = defaultdict(set)
    for output, job in truth.jobs.items():
        if is_of_audit(output):
            continue
        for path, sha256 in job["inputs"].items():
            if not path.startswith(own):
                by_cause[path, sha256].add(output)
            elif path not in truth.lines or truth.lines[path]["sha256"] != sha256:
                seen = short(truth.lines[path]["sha256"]) if path in truth.lines else "no record of it"
                made = Finding("stale_input", output, f"made from {path}, {short(sha256)}", seen)
                yield made.below(truth.downstream(truth.files.get(output, ())))
        for path, sha256 in job["code"].items():
            by_cause[path, sha256].add(output)
    now: dict[str, str] = {}
    for (path, sha256), outputs in by_cause.items():
        if path not in now:
            try:
                now[path] = short(sha256_of(project / path, links=False))
            except OSError:
                now[path] = "not there"
        if now[path] != short(sha256):
            files = {file for output in outputs for file in truth.files.get(output, ())}
            yield Finding("stale_code", path, short(sha256), now[path]).below(files | truth.downstream(files))


def verify(
    root: Path, study: str, project: Path, *, threads: int | None = None, ours: frozenset[str] = frozenset()
) -> Verified:
    """Hold every file of a study to the records and the manifest, and these to each other and to the code.

    `root` is the folder that holds results/ and paper_figures/; `project` holds the code as it is now; `ours` are files
    that the caller is writing.
    """
    truth = establish(root, study)
    for path in ours:
        truth.lines.pop(path, None)
    findings = [finding_of(trouble) for trouble in truth.troubles]
    troubled = {finding.file for finding in findings}
    checked = dict(check_files(root, truth.lines.values(), threads or os.cpu_count() or 1))
    for student in dropped(root, truth):
        findings.append(Finding("dropped", student, f"{len(truth.files[student])} files", "not there"))
        troubled |= {path for path in truth.lines if path.startswith(f"{student}/")}
    findings += [finding for finding in checked.values() if finding and finding.file not in troubled]
    findings += [item for item in unexpected(root, study, truth) if item.file not in troubled | ours]
    if not truth.jobs:
        made = "a record of each file; make the study again with this version of the project"
        findings.append(
            Finding("missing", records_folder(study), made, "no record: of an older version, or taken away")
        )
    findings = [finding.below(truth.downstream(subjects(finding.file, truth))) for finding in findings]
    findings += [*replaced(root, study, truth), *stale(truth, project, study)]
    good = frozenset(path for path, finding in checked.items() if finding is None)
    read = sum(truth.lines[path]["bytes"] for path in checked)
    return Verified(truth, ordered(findings), good, len(checked), read)


def subjects(path: str, truth: Truth) -> list[str]:
    """The files that a file speaks of: a record of its output's, any other file of itself."""
    before, inside, output = path.partition("/audit/records/")
    if not inside or not before.startswith("results/"):
        return [path]
    output = output.removesuffix(".json")
    return truth.files.get(output, [output])
