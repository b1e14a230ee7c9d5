"""What of a record may run again: programs of this project alone, with arguments that lead to no file outside it.

A record is written by whoever made the folder, and is read as data: no shell sees it, its command is taken apart into a
launcher, a module and arguments, and its code must be what the project holds. All refusals come before anything runs.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from polyglot import STAGES
from polyglot.audit.records import folders
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.isolation import isolated
from polyglot.core.texts import printable, spelt

SOURCE = "scripts/polyglot/"
MODULE = re.compile(r"polyglot\.(\w+)(\.\w+)+", re.ASCII)
COMMIT = re.compile(r"[0-9a-f]{40}")
NOT_AGAIN = ("audit",)  # reads what is there now, or would run what a record says
SETTINGS = {  # of accelerate, as study/commands.py and study/views.py give them
    "--num_processes": r"\d{1,4}",
    "--num_machines": "1",
    "--mixed_precision": "no",
    "--dynamo_backend": "no",
    "--num_cpu_threads_per_process": r"\d{1,4}",
    "--config_file": r"resources/accelerate/\w+\.yaml",
}
KEPT = ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")  # of this machine: which cards, and where their driver lies
OFFLINE = {name: "1" for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")}


def command_of(job: Json) -> list[str]:
    """The command of a job, with this interpreter's own launcher. Raises InputError for anything but our programs."""
    words = job["command"]
    if not all(isinstance(word, str) and "\0" not in word for word in words) or "-m" not in words:
        raise _refused(job, "no program of this project")
    at = words.index("-m")
    module, arguments = words[at + 1 : at + 2], words[at + 2 :]
    match = MODULE.fullmatch(module[0]) if module else None
    if match is None or match[1] not in STAGES or match[1] in NOT_AGAIN:
        raise _refused(job, "no program of a stage of this project")
    program = f"scripts/{module[0].replace('.', '/')}.py"
    if program not in job["code"]:
        raise _refused(job, f"{program}, which is not in its list of code")
    outside = next((word for word in arguments if _leads_outside(word)), None)
    if outside is not None:
        raise _refused(job, f"a file outside the project: {outside}")
    return [*_launcher(job, words[:at]), "-m", module[0], *arguments]


def _launcher(job: Json, words: list[str]) -> list[str]:
    """Python, or accelerate with the options that the workflow gives it."""
    if len(words) == 1 and PurePosixPath(words[0]).name.startswith("python"):
        return [sys.executable]
    if words[:2] != ["accelerate", "launch"]:
        raise _refused(job, "another launcher than python and accelerate")
    options = iter(words[2:])
    for option in options:
        if option != "--quiet" and not re.fullmatch(SETTINGS.get(option, "(?!)"), next(options, ""), re.ASCII):
            raise _refused(job, f"accelerate with {option}")
    return [str(Path(sys.executable).with_name("accelerate")), *words[1:]]


def _leads_outside(word: str) -> bool:
    """Whether an argument, or the value in --option=value, is a path that leaves the program's folder."""
    path = PurePosixPath(re.sub(r"^--[\w-]+=", "", word))
    return path.is_absolute() or ".." in path.parts


def _is_plain(path: object) -> bool:
    """Whether a path of a record is spelt as the recorder spells it, and stays in the project."""
    return isinstance(path, str) and str(PurePosixPath(path)) == path and not _leads_outside(path)


def refuse_paths(job: Json, study: str) -> None:
    """Raise InputError naming a path of a job that lies where none of its kind does."""
    own = tuple(f"{folder}/" for folder in folders(study))
    for path in job["outputs"]:
        if not _is_plain(path) or not path.startswith(own):
            raise _refused(job, f"an output outside the study: {path}")
    for path in job["code"]:
        if not _is_plain(path) or not (path.startswith(SOURCE) and path.endswith(".py")):
            raise _refused(job, f"code outside {SOURCE}: {path}")
    for path in job["inputs"]:
        # an output is written in the place of what was linked there
        if not _is_plain(path) or any(PurePosixPath(path).is_relative_to(output) for output in job["outputs"]):
            raise _refused(job, f"an input outside the project, or in the place of an output: {path}")


def _refused(job: Json, what: str) -> InputError:
    return InputError(f"{spelt(job['output'])}: its record names {spelt(what)}; nothing was run, make the output anew")


def is_source(path: str) -> bool:
    """Whether a path lies where Python would import it."""
    return PurePosixPath(path).parts[0] == "scripts"


def untracked(project: Path, paths: Iterable[str]) -> str | None:
    """The first of `paths` that git does not track in the project; None where all are, or the project is no clone."""
    if not (project / ".git").exists():
        return None
    words = ["git", "ls-files", "-z", "--", SOURCE]
    listed = subprocess.run(words, cwd=project, capture_output=True)
    if listed.returncode:  # a folder of another owner, for one
        raise InputError(f"git does not list {SOURCE} ({printable(os.fsdecode(listed.stderr))}); nothing was run")
    tracked = set(os.fsdecode(listed.stdout).split("\0"))
    return next((path for path in sorted(paths) if path not in tracked), None)


def source_at(project: Path, commit: object, path: str) -> bytes | None:
    """A module as a commit of the branch that is checked out has it; None where it is no such commit, or lacks it."""
    if not isinstance(commit, str) or not COMMIT.fullmatch(commit) or not (project / ".git").exists():
        return None
    ours = subprocess.run(["git", "merge-base", "--is-ancestor", commit, "HEAD"], cwd=project, capture_output=True)
    if ours.returncode:
        return None
    shown = subprocess.run(["git", "show", f"{commit}:{path}"], cwd=project, capture_output=True)
    return None if shown.returncode else shown.stdout


def environment_of(job: Json, scratch: Path, home: Path, here: Mapping[str, str] = os.environ) -> dict[str, str]:
    """All that the program sees of this machine's environment: no key, no folder of the user's."""
    threads = job["machine"].get("threads")
    threads = threads if isinstance(threads, int) and 0 < threads < 10_000 else 1
    kept = {name: here[name] for name in KEPT if name in here}
    kept |= {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}", "HOME": str(home), "LANG": "C.UTF-8"}
    # no bytecode: the folder holds nothing but the inputs and the outputs
    kept |= {"OMP_NUM_THREADS": str(threads), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(home)} | OFFLINE
    return isolated(kept, scratch / "scripts")
