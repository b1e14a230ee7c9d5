"""Audit a study: every file against its record, every table against its schema, every count against the step before.

Reads results/{study} and paper_figures/{study} below --root and writes summary.md, index.html (loads nothing),
findings.csv and findings.json into the folder --out, if one is given. Prints the summary, then the verdict, the first
finding with the command that repairs it, who vouches for the manifest, and where the summary lies. Exit code 1 if a
finding is an error. Files are read and hashed whole; their times of change and the folder's place do not matter.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from polyglot.audit import accounting, expectations, recomputation, recorded_settings, rescoring, row_checks, sign
from polyglot.audit.contents import Contents
from polyglot.audit.findings import ERROR, ordered
from polyglot.audit.repairs import repair
from polyglot.audit.summary import Audit, as_html, as_json, as_markdown, as_table, ending
from polyglot.audit.verify import verify
from polyglot.core.command_line import overlays_of
from polyglot.core.errors import InputError, run
from polyglot.core.files import whole, write_json
from polyglot.core.sheets import write_sheet


def audit(
    root: Path,
    study: str,
    *,
    project: Path,
    sheet: Path,
    threads: int | None = None,
    ours: frozenset[str] = frozenset(),
    outside: expectations.Outside = expectations.NOTHING,
    overlays: Sequence[str] = (),
) -> Audit:
    """Every check of a study.

    `root` holds results/ and paper_figures/, `project` the code as it is now, `sheet` the schemas of tables; `ours` are
    files that this audit is writing itself, `outside` what is known of the study by other ways than its own folder,
    `overlays` the files over config.yaml that make its config; by default the one in studies/ that names it.
    """
    overlays = overlays or overlays_of(study, project)
    verified = verify(root, study, project, threads=threads, ours=ours)
    truth, good = verified.truth, verified.good
    schemas = recomputation.load(sheet)
    contents = Contents(root, study, truth, good)
    results = [
        *recomputation.check_tables(root, study, truth, good, schemas),
        *accounting.check(contents),
        *row_checks.check(contents),
        *rescoring.check(contents),
    ]
    results = [finding.below(truth.downstream([finding.file])) for finding in results]
    made_with = [
        *recorded_settings.versions(root, study, truth, project),
        *recorded_settings.unseeded(truth, project),
        *recorded_settings.uncommitted(truth),
    ]
    voucher, signature = sign.vouched(root, study, outside.signers)
    held_to = [*expectations.check(root, study, truth, outside), *signature]
    findings = ordered([*verified.findings, *results, *made_with, *held_to])
    return Audit(
        study=study,
        files=verified.files,
        read_bytes=verified.read_bytes,
        outputs=len(truth.jobs),
        without_schema=recomputation.without_schema(study, truth, schemas),
        voucher=voucher,
        findings=[replace(finding, repair=repair(finding, truth, study, overlays)) for finding in findings],
    )


def write(results: Audit, folder: Path, template: Path) -> None:
    """Write the four forms of an audit."""
    write_json(folder / "findings.json", as_json(results))
    write_sheet(folder / "findings.csv", as_table(results))
    for name, text in (("summary.md", as_markdown(results)), ("index.html", as_html(results, template))):
        with whole(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")


def main() -> None:
    """Parse the command line, audit, write, and end with what the findings say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", required=True)
    parser.add_argument("--root", type=Path, default=Path(), help="folder that holds results/ and paper_figures/")
    parser.add_argument("--schemas", type=Path, default=Path("resources/schemas/tables.csv"))
    parser.add_argument("--template", type=Path, default=Path("resources/audit/page.html.jinja"))
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="files read at once")
    parser.add_argument("--log", default="", help="the log of this audit, which is being written")
    parser.add_argument("--signers", type=Path, help="who may sign the manifest, as OpenSSH's allowed_signers has it")
    parser.add_argument("--known", default="", help="SHA-256 of this manifest or of one before it, kept elsewhere")
    parser.add_argument("--expected", type=Path, help="all that the workflow makes of the study, an output a line")
    parser.add_argument("--configfile", nargs="+", default=[], help="what repairs name: the files over config.yaml")
    parser.add_argument("--out", type=Path, help="folder for the pages; without it they are only printed")
    arguments = parser.parse_args()
    if not (arguments.root / "results" / arguments.study).is_dir():
        raise InputError(f"{arguments.root}/results/{arguments.study}: no such folder; give --root, or make the study")
    expected = arguments.expected.read_text(encoding="utf-8").splitlines() if arguments.expected else []
    if arguments.expected and not any(expected):
        raise InputError(f"{arguments.expected}: names no output; see above why the workflow's graph was not built")
    result = audit(
        arguments.root,
        arguments.study,
        project=Path(),
        sheet=arguments.schemas,
        threads=arguments.threads,
        ours=frozenset({arguments.log} - {""}),
        outside=expectations.Outside(expected, arguments.known, arguments.signers),
        overlays=arguments.configfile,
    )
    if arguments.out:
        write(result, arguments.out, arguments.template)
    print(as_markdown(result))
    print(ending(result, arguments.out))  # the last lines, which the rule shows on the terminal
    sys.exit(1 if result.count(ERROR) else 0)


if __name__ == "__main__":
    run(main)
