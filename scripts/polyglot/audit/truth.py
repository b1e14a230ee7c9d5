"""The expected state of a study's files by its records and manifest, and the disagreements between them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from polyglot.audit import manifest_chain
from polyglot.audit.manifest import is_after, lines_of, read_manifest, written_by_snakemake
from polyglot.audit.records import Trouble, environments_folder, manifest_path, read_records, records_folder
from polyglot.core.files import Json
from polyglot.core.provenance import record_of

HELD_BY_MANIFEST = ("timing", "mark")  # kinds of files that no record has hashed
OF_NO_JOB = (manifest_chain.KIND, "report")  # and those that no job has written


@dataclass
class Truth:
    """What should be there.

    Attributes:
        lines: path → line of the manifest, as the records have it now; from the manifest itself where they are lost.
        jobs: declared output → the record of the job that made it (or a manifest's line of it).
        late: paths that Snakemake may have written of jobs after the manifest, which nothing holds to anything.
        troubles: faults of records and manifest.
    """

    lines: dict[str, Json] = field(default_factory=dict)
    jobs: dict[str, Json] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)

    @cached_property
    def files(self) -> dict[str, list[str]]:
        """Declared output → its files."""
        files = defaultdict(list)
        for path, line in self.lines.items():
            if line["kind"] == "output":
                files[line["output"]].append(path)
        return dict(files)

    @cached_property
    def consumers(self) -> dict[str, list[str]]:
        """File → the declared outputs of the jobs that read it, code among it; but the audit's own, which read all."""
        consumers = defaultdict(list)
        for output, job in self.jobs.items():
            if is_of_audit(output):
                continue
            for path in (*job["inputs"], *job["code"]):
                consumers[path].append(output)
        return dict(consumers)

    def downstream(self, paths: Iterable[str]) -> set[str]:
        """Every file made from `paths`, at any depth."""
        result: set[str] = set()
        queue = list(paths)
        while queue:
            for output in self.consumers.get(queue.pop(), ()):
                fresh = [file for file in self.files.get(output, ()) if file not in result]
                result.update(fresh)
                queue += fresh
        return result


def establish(root: Path, study: str) -> Truth:
    """The expected state of a study's files. Reads only records and manifest."""
    records, troubles = read_records(root, study)
    lines, broken = read_manifest(root, study)
    truth = Truth(troubles=[*troubles, *broken])
    for record in records:
        truth.jobs[record["output"]] = record
        for line in lines_of(record):
            truth.lines.setdefault(line["path"], line)
        truth.late.update(path for path in written_by_snakemake(record))
    truth.troubles += _alone(truth, study)
    own = f"{records_folder(study)}/{manifest_path(study)}.json"
    if lines and own not in {trouble.path for trouble in troubles} and manifest_path(study) not in truth.jobs:
        truth.troubles.append(Trouble(own, "missing", "the record of the manifest", "not there"))
    last = max((str(line["made_at"]) for line in lines.values()), default="")
    if manifest_path(study) in truth.jobs and str(truth.jobs[manifest_path(study)]["made_at"]) < last:
        made = truth.jobs[manifest_path(study)]["made_at"]
        truth.troubles.append(Trouble(own, "changed", f"made after {last}, as what it is of", f"made at {made}"))
    if lines or manifest_path(study) in truth.jobs:
        truth.troubles += manifest_chain.check(root, study, lines)
    _compare(truth, lines, study)
    truth.troubles += _environments(root, study, truth)
    return truth


def _compare(truth: Truth, manifest: dict[str, Json], study: str) -> None:
    """Hold the records to the manifest, and take from it what no record has."""
    known = {trouble.path for trouble in truth.troubles}
    wrong = {} if not manifest else _unlisted(truth, manifest, study)
    for path, line in manifest.items():
        if line["kind"] in OF_NO_JOB:
            truth.lines[path] = line
            continue
        own = f"{records_folder(study)}/{line['output']}.json"
        job = truth.jobs.get(line["output"])
        if job is None:
            if own not in known:
                wrong[own] = Trouble(own, "missing", f"the record of {line['output']}", "not there")
            truth.lines.setdefault(path, line)
        elif line["record"] != job["record"]:
            remade = str(job["made_at"]) > str(line["made_at"])
            kind = "remade" if remade else "changed"
            content = f"made at {line['made_at']}, as the manifest has it"
            wrong[own] = Trouble(own, kind, content, f"made at {job['made_at']}")
            if not remade and line["kind"] in HELD_BY_MANIFEST:
                truth.lines[path] = line
            elif line["kind"] == "output" and path not in truth.lines:
                truth.lines[path] = line  # an output that the record of the same job no longer names
        elif line["kind"] in HELD_BY_MANIFEST:
            truth.lines[path] = line
        elif truth.lines.get(path) != line:
            # the manifest's own record tells that it was changed; what the record says is what holds
            wrong[own] = Trouble(path, "broken_line", "what its record says", "another hash, input or setting")
    for line in manifest.values():
        if line["kind"] not in OF_NO_JOB:
            truth.jobs.setdefault(line["output"], line)
    truth.late -= truth.lines.keys()
    truth.troubles += wrong.values()


def _alone(truth: Truth, study: str) -> list[Trouble]:
    """Records of outputs that a job wrote beside others, and that are not there."""
    known = {trouble.path for trouble in truth.troubles}
    troubles = {}
    for output, job in truth.jobs.items():
        for beside in map(str, job["outputs"]):
            if beside in truth.jobs:
                continue
            own = f"{records_folder(study)}/{beside}.json"
            if record_of(Path(beside)) == Path(own) and own not in known:
                troubles[own] = Trouble(own, "missing", f"a record of {beside}, written with {output}", "not there")
    return list(troubles.values())


def _unlisted(truth: Truth, manifest: dict[str, Json], study: str) -> dict[str, Trouble]:
    """Records of outputs that the manifest does not list, though it lists all that the study had."""
    listed = {line["output"] for line in manifest.values() if line["kind"] not in OF_NO_JOB}
    extra = [output for output in truth.jobs if output not in listed and not is_after(output, study)]
    troubles = [Trouble(output, "unlisted", "a line of the manifest", "a record alone") for output in sorted(extra)]
    return {f"{records_folder(study)}/{trouble.path}.json": trouble for trouble in troubles}


def _environments(root: Path, study: str, truth: Truth) -> list[Trouble]:
    """Faults in the lists of packages, each of which is named after its hash."""
    troubles = []
    for digest in sorted({str(job["environment"]) for job in truth.jobs.values()}):
        path = f"{environments_folder(study)}/{digest}.txt"
        try:
            seen = hashlib.sha256((root / path).read_bytes()).hexdigest()
        except OSError as error:
            troubles.append(Trouble(path, "missing", "the list of packages of its jobs", error.strerror or str(error)))
            continue
        if seen != digest:
            troubles.append(Trouble(path, "changed", short(digest), short(seen)))
    return troubles


def environment_paths(truth: Truth, study: str) -> set[str]:
    """Where the lists of packages that records name lie."""
    return {f"{environments_folder(study)}/{job['environment']}.txt" for job in truth.jobs.values()}


def is_of_audit(output: str) -> bool:
    """Whether an output is the manifest, or a page of the audit."""
    return output.startswith("results/") and output.split("/")[2] == "audit"


def short(sha256: str) -> str:
    """A hash as people compare it."""
    return f"sha256 {sha256[:16]}…"
