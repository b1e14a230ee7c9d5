"""One audit of a study, from its files to its findings."""

from pathlib import Path

from polyglot.audit import accounting, quality, settings, tables
from polyglot.audit.contents import Contents
from polyglot.audit.findings import ordered
from polyglot.audit.pages import Audit
from polyglot.audit.verify import verify


def audit(
    root: Path,
    study: str,
    *,
    project: Path,
    sheet: Path,
    threads: int | None = None,
    ours: frozenset[str] = frozenset(),
) -> Audit:
    """Every check of a study.

    `root` holds results/ and paper_figures/, `project` the code as it is now, `sheet` the schemas of tables; `ours` are
    files that this audit is writing itself.
    """
    verified = verify(root, study, project, threads=threads, ours=ours)
    truth, good = verified.truth, verified.good
    schemas = tables.load(sheet)
    contents = Contents(root, study, truth, good)
    found = [
        *tables.check_tables(root, study, truth, good, schemas),
        *accounting.check(contents),
        *quality.check(contents),
    ]
    found = [finding.below(truth.downstream([finding.file])) for finding in found]
    made_with = [
        *settings.versions(root, study, truth, project),
        *settings.unseeded(truth, project),
        *settings.uncommitted(truth),
    ]
    return Audit(
        study=study,
        files=verified.files,
        read_bytes=verified.read_bytes,
        outputs=len(truth.jobs),
        without_schema=tables.without_schema(study, truth, schemas),
        findings=ordered([*verified.findings, *found, *made_with]),
    )
