"""The command that repairs a finding; `audit.run` ends each finding with one."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from polyglot.audit.findings import Finding
from polyglot.audit.records import environments_folder, manifest_path, records_folder
from polyglot.audit.truth import Truth, is_of_audit
from polyglot.core.command_line import snakemake_command

TEMPORARY = re.compile(r"(^|/)\.[^/]+\.\d+(\.\w+)?(/|$)")  # a job's unfinished file, which nothing goes on from
# made again by the job that made it, whatever the times of change
REMADE = {"changed", "missing", "unreadable", "broken_record", "broken_line", "stale_input", "unseeded", "schema"}
REMADE |= {"incomplete", "unfounded", "repeated", "dropped"}
RENEWED = ("remade", "unlisted", "unheld", "replaced", "broken_chain")  # a manifest of what is there now
IF_MEANT = "if you made it yourself, this states it; else bring back what was there"
# a property of the data: another setting changes it, then the study is run again
SETTINGS = {
    "judge_limit": "intrinsic.judge",
    "invalid_judge": "intrinsic.judge",
    "contamination_limit": "seeds.sources",
    "contaminated": "seeds.sources",
    "duplicate": "seeds.sources",
    "degenerate": "evaluation.benchmarks, or the model",
    "short_data": "synthesis.oversampling, or the size,",
    "invalid_anchor": "the reference of the student base",
}


def repair(finding: Finding, truth: Truth, study: str, overlays: Sequence[str]) -> str:
    """A shell command, with what to do before it where a command alone cannot repair a finding.

    `overlays` are the files over config.yaml that make the study's config.
    """
    kind, file = finding.kind, finding.file
    if kind in SETTINGS:
        return f"change {SETTINGS[kind]} in the config, then {workflow(study, overlays)}"
    if kind == "uncommitted":
        return f"git commit -a && {workflow(study, overlays, '--forceall')}"
    if kind == "other_versions":
        return f"make env && {workflow(study, overlays, '--forceall')}"
    if kind in RENEWED:
        # a comment, so that it is a command all the same
        return f"{workflow(study, overlays, '--forcerun', 'manifest', '--', audit_of(study))}  # {IF_MEANT}"
    if kind == "signature":
        return workflow(study, overlays, f"sign{audit_of(study).removeprefix('audit')}")
    if kind == "extra" or (kind == "unfinished" and TEMPORARY.search(file)):
        return shlex.join(["rm", "-r", "--", file])
    if kind == "link":
        if "a hard link" in finding.seen:
            # a file of its own, with the same bytes and time of change
            own = f"{file}.own"
            return f"{shlex.join(['cp', '-p', '--', file, own])} && {shlex.join(['mv', '--', own, file])}"
        again = f" && {remake(file, truth, study, overlays)}" if file in truth.lines else ""
        return shlex.join(["rm", "--", file]) + again
    return remake(file, truth, study, overlays) if kind in REMADE else workflow(study, overlays)


def remake(file: str, truth: Truth, study: str, overlays: Sequence[str]) -> str:
    """The command that runs the job of a file again."""
    output = output_of(file, truth, study)
    if output == records_folder(study):
        return workflow(study, overlays, "--forceall")
    if is_of_audit(output) and output != manifest_path(study):
        return workflow(study, overlays, audit_of(study))
    return workflow(study, overlays, "--force", "--", output)


def output_of(file: str, truth: Truth, study: str) -> str:
    """The declared output of the job that a file, a record or a list of packages is of; else the file itself."""
    _, is_record, output = file.partition("/audit/records/")
    if is_record:
        return output.removesuffix(".json")
    if file in truth.lines:
        return str(truth.lines[file]["output"])
    if file.startswith(f"{environments_folder(study)}/"):
        return next(path for path, job in truth.jobs.items() if job["environment"] == Path(file).stem)
    return file


def audit_of(study: str) -> str:
    """The target that audits a study."""
    return "audit_published" if study == "published" else "audit"


def workflow(study: str, overlays: Sequence[str], *words: str) -> str:
    """A Snakemake command for a study, by default the one that makes what is missing."""
    return snakemake_command(overlays, *(words or (("published",) if study == "published" else ())))
