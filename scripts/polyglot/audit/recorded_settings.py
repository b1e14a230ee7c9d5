"""Settings of recorded jobs: pinned versions, seeds, the commit of the code."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from polyglot.audit.findings import Finding
from polyglot.audit.records import environments_folder
from polyglot.audit.truth import Truth

OF_JOBS = ("cpu", "gpu", "models", "torch")  # the other requirement files are of tools that no job runs
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)


def plain(name: str) -> str:
    """A package's name in the one form that all its spellings have."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(project: Path) -> dict[str, set[str]]:
    """Package → versions that the project's requirement files pin for its jobs."""
    result: dict[str, set[str]] = defaultdict(set)
    files = [project / f"envs/requirements-{name}.txt" for name in OF_JOBS]
    for file in filter(Path.exists, files):
        for name, version in PIN.findall(file.read_text(encoding="utf-8")):
            result[plain(name)].add(version)
    return dict(result)


def is_pinned(version: str, pinned: set[str]) -> bool:
    """Whether a version is one of those pinned; a build's own suffix ("+cpu") is the same version."""
    return version in pinned or version.split("+")[0] in pinned


def versions(root: Path, study: str, truth: Truth, project: Path) -> Iterator[Finding]:
    """Environments that hold other versions of pinned packages."""
    pinned = pins(project)
    outputs: dict[str, list[str]] = defaultdict(list)
    for output, job in truth.jobs.items():
        outputs[job["environment"]].append(output)
    for digest in sorted(outputs):
        path = f"{environments_folder(study)}/{digest}.txt"
        try:
            text = (root / path).read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue  # told already: it is missing, or not what its name says
        other = [
            (name, version)
            for name, version in PIN.findall(text)
            if plain(name) in pinned and not is_pinned(version, pinned[plain(name)])
        ]
        if other:
            files = {file for output in outputs[digest] for file in truth.files.get(output, ())}
            wanted = ", ".join(f"{name}=={' or '.join(sorted(pinned[plain(name)]))}" for name, _ in other)
            seen = ", ".join(f"{name}=={version}" for name, version in other)
            yield Finding("other_versions", path, wanted, seen).below(files | truth.downstream(files))


def unseeded(truth: Truth, project: Path) -> Iterator[Finding]:
    """Jobs whose program takes a seed and was given none."""
    takes: dict[str, bool] = {}
    for output, job in sorted(truth.jobs.items()):
        program = job["program"]
        if job["seed"] is not None:
            continue
        if program not in takes:
            try:
                takes[program] = '"--seed"' in (project / program).read_text(encoding="utf-8")
            except OSError:
                takes[program] = False  # told already: the code is gone
        if takes[program]:
            finding = Finding("unseeded", output, f"a seed for {program}", "none")
            yield finding.below(truth.downstream(truth.files.get(output, ())))


def uncommitted(truth: Truth) -> Iterator[Finding]:
    """Jobs whose code no commit has, one finding for each commit."""
    outputs: dict[str, set[str]] = defaultdict(set)
    for output, job in truth.jobs.items():
        if not job["git"].get("clean"):
            outputs[str(job["git"].get("commit") or "no commit")].add(output)
    for commit, made in sorted(outputs.items()):
        files = {file for output in made for file in truth.files.get(output, ())}
        seen = "outside git" if commit == "no commit" else f"changes since {commit[:12]}"
        yield Finding(
            "uncommitted", sorted(made)[0], "a commit that has the code", f"{seen}: {len(made)} outputs"
        ).below(files)
