"""Make one artifact again, in a scratch folder, from the inputs that its record names, and compare.

  python -m polyglot.audit.replay results/demo/scores.csv
  python -m polyglot.audit.replay paper_figures/published/figure_08.pdf --json

The recorded program runs on copies of the recorded code and links to the recorded inputs, all of them checked first; it
sees no other file of the project, and of the environment no more than it needs. Only a program of this project is run,
from code that the project holds: a record that names another is refused. Each file is then identical, equal within the
tolerance (floats differ between machines), or different, with the first difference. Exit code 1 if the artifact is
different.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from polyglot.audit import chains, recorded_program
from polyglot.audit.chains import output_of
from polyglot.audit.comparing import DIFFERENT, EQUAL, IDENTICAL, Comparison, Tolerance, compare
from polyglot.audit.truth import Truth
from polyglot.core import provenance
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json
from polyglot.core.settings_files import shortened
from polyglot.core.texts import spelt


@dataclass(frozen=True)
class Remade:
    """A remade file beside its record; `asked` if it is the artifact itself."""

    path: str
    asked: bool
    comparison: Comparison


def recorded_job(truth: Truth, path: str) -> Json:
    """The job that made a path. Raises InputError where that cannot be run again."""
    output = output_of(truth, path)
    if output is None:
        raise InputError(f"{path}: is no output of a rule; name a table, a figure, a data set or a model")
    job = truth.jobs[output]
    if "command" not in job:  # of a line of the manifest
        raise InputError(f"{path}: the record of its job is gone or broken; the audit says which")
    if "api" in job["params"]:
        raise InputError(f"{path}: was asked of {job['params']['api']['base_url']}, for money, and is not asked again")
    return job


def place(root: Path, project: Path, job: Json, scratch: Path, now: bool) -> list[str]:
    """Place code and inputs where the job expects them, below `scratch`; returns warnings.

    Raises InputError naming the first file that is not what the job read. `now` takes code as it is.
    """
    data = {path: sha256 for path, sha256 in job["inputs"].items() if not recorded_program.is_source(path)}
    code = job["code"] | {path: sha256 for path, sha256 in job["inputs"].items() if path not in data}
    said = place_code(project, code, job["git"].get("commit"), scratch, now)
    for path, sha256 in sorted(data.items()):
        source = next((item / path for item in (root, project) if (item / path).is_file()), None)
        if source is None:
            raise InputError(f"{path}: is not there; it is an input. Bring it back, or make it again")
        if provenance.sha256_of(source, links=False) != sha256:
            raise InputError(f"{path}: is not what was read then ({sha256[:12]}…); the audit says more")
        target = scratch / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.resolve())
    return said


def place_code(project: Path, code: dict[str, str], commit: str | None, scratch: Path, now: bool) -> list[str]:
    """Copy modules that the project has, as they are or as they were at `commit`; returns what is from the commit."""
    said, own = [], []
    for path, sha256 in sorted(code.items()):
        target = scratch / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if (project / path).is_file() and (now or provenance.sha256_of(project / path, links=False) == sha256):
            shutil.copyfile(project / path, target)
            own.append(path)
        elif (content := recorded_program.source_at(project, commit, path)) is not None:
            target.write_bytes(content)
            said.append(f"{path} is taken from commit {str(commit)[:12]}")
        if not target.is_file() or (not now and provenance.sha256_of(target) != sha256):
            cure = "check out the commit that made it, or give --present-code"
            raise InputError(f"{path}: is not the code that was run, and git has no such version; {cure}")
    if stranger := recorded_program.untracked(project, own):
        raise InputError(f"{stranger}: is not tracked by git, so nothing was run; commit it, or check out the project")
    return said


def run_again(job: Json, command: list[str], scratch: Path) -> None:
    """Run a command of the job in `scratch`. Raises InputError with its last line where it fails."""
    for output in job["outputs"]:
        (scratch / output).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="home-") as home, open(scratch / "replay.log", "wb") as log:
        environment = recorded_program.environment_of(job, scratch, Path(home))
        command = shortened(command, scratch)
        ended = subprocess.run(command, cwd=scratch, env=environment, stdout=log, stderr=subprocess.STDOUT)
    if ended.returncode:
        lines = (scratch / "replay.log").read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        raise InputError(f"the program ended with {ended.returncode}: {lines[-1]} (all of it in {scratch}/replay.log)")


def differences(
    root: Path, truth: Truth, job: Json, path: str, scratch: Path, tolerance: Tolerance
) -> Iterator[Remade]:
    """Compare each file that the job wrote with its new version; the requested files first."""
    asked = {path} if path in truth.lines else set(truth.files.get(path, ()))
    recorded = {item for output in job["outputs"] for item in truth.files.get(output, ())}
    fresh = {
        str(file.relative_to(scratch)) for output in job["outputs"] for file in provenance.files_of(scratch / output)
    }
    for item in sorted(recorded | fresh, key=lambda item: (item not in asked, item)):
        yield Remade(item, item in asked or item not in recorded, _one(root, truth, item, scratch, recorded, tolerance))


def _one(root: Path, truth: Truth, path: str, scratch: Path, recorded: set[str], tolerance: Tolerance) -> Comparison:
    if path not in recorded:
        return Comparison(DIFFERENT, "it is made now, and was not then")
    if not (scratch / path).is_file():
        return Comparison(DIFFERENT, "it was made then, and is not now")
    sha256 = truth.lines[path]["sha256"]
    if provenance.sha256_of(scratch / path, links=False) == sha256:
        return Comparison(IDENTICAL)
    if not (root / path).is_file() or provenance.sha256_of(root / path, links=False) != sha256:
        return Comparison(
            DIFFERENT, "other bytes than recorded; the recorded file is gone or changed, so not said where"
        )
    return compare(root / path, scratch / path, tolerance)


def machines(job: Json) -> str | None:
    """Differences between this machine and the job's that can change a number."""
    here, then = provenance.machine(job["machine"].get("threads") or 1), job["machine"]
    other = [
        f"{name} {here.get(name)}, then {then.get(name)}"
        for name in ("cpu", "gpu", "driver")
        if here.get(name) != then.get(name)
    ]
    packages = provenance.versions(provenance.installed())
    other += [
        f"{name} {packages.get(name)}, then {old}" for name, old in job["versions"].items() if packages.get(name) != old
    ]
    return "; ".join(other) or None


@contextmanager
def scratch(keep: Path | None) -> Iterator[Path]:
    """An empty folder: the one given, which stays, or one that is removed."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="replay-") as folder:
            yield Path(folder)
        return
    if keep.exists() and any(keep.iterdir()):
        raise InputError(f"{keep}: is not empty; give a folder that is, or none")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.resolve()


def replay(arguments: argparse.Namespace, folder: Path) -> Json:
    """Run the job of the artifact again and compare every file of it."""
    path = str(Path(arguments.path))
    truth = chains.records_of(arguments.root, path)
    job = recorded_job(truth, path)
    recorded_program.refuse_paths(job, chains.study_of(path))
    command = recorded_program.command_of(job)
    said = place(arguments.root, Path(), job, folder, arguments.present_code)
    run_again(job, command, folder)
    tolerance = Tolerance(arguments.relative, arguments.absolute)
    files = list(differences(arguments.root, truth, job, path, folder, tolerance))
    verdicts = {file.comparison.verdict for file in files if file.asked}
    verdict = next(item for item in (DIFFERENT, EQUAL, IDENTICAL) if item in verdicts)
    return {
        "path": path,
        "rule": job["rule"],
        "verdict": verdict,
        "tolerance": {"relative": tolerance.relative, "absolute": tolerance.absolute},
        "made_at": job["made_at"],
        "other_machine": machines(job),
        "notes": said,
        "files": [
            {
                "path": file.path,
                "asked": file.asked,
                "verdict": file.comparison.verdict,
                "detail": file.comparison.detail,
            }
            for file in files
        ],
    }


def described(result: Json) -> list[str]:
    """A replay as text for people."""
    lines = [f"{result['path']}: {result['verdict']}"]
    notes = [*result["notes"], *([f"here: {result['other_machine']}"] if result["other_machine"] else [])]
    lines += [f"  {note}" for note in notes]
    for file in result["files"]:
        beside = "" if file["asked"] else " (made beside it)"
        detail = f": {file['detail']}" if file["detail"] else ""
        lines.append(f"  {file['path']}{beside}: {file['verdict']}{detail}")
    return lines


def main() -> None:
    """Parse the command line, replay, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="an output of a rule, as the project names it: results/… or paper_figures/…")
    parser.add_argument("--relative", type=float, default=1e-4, help="relative tolerance of numbers")
    parser.add_argument("--absolute", type=float, default=1e-6, help="absolute tolerance of numbers")
    parser.add_argument("--present-code", action="store_true", help="run the code as it is now, whatever was recorded")
    parser.add_argument("--scratch", type=Path, help="an empty folder that stays; else one that is removed")
    parser.add_argument("--json", action="store_true", help="machine-readable")
    parser.add_argument("--root", type=Path, default=Path(), help="folder that holds results/ and paper_figures/")
    arguments = parser.parse_args()
    with scratch(arguments.scratch) as folder:
        result = replay(arguments, folder)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print("\n".join(map(spelt, described(result))))
    sys.exit(1 if result["verdict"] == DIFFERENT else 0)


if __name__ == "__main__":
    run(main)
