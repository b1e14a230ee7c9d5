"""For all tests: their order, a copy of the project in which Snakemake can be run, and Hypothesis set up."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

ROOT = Path(__file__).parents[1]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))  # in whatever shell the tests run
PATIENCE = 1500  # seconds until a run hangs, however slow or busy the machine
os.environ["PYTHONPATH"] = str(ROOT / "scripts")  # as the workflow gives it to its jobs
os.environ["OMP_NUM_THREADS"] = "1"  # as to a job of one thread: more, of several workers, wait for each other busily
settings.register_profile("any machine", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("any machine")
SMALL = ("--configfile", "studies/test.yaml")  # where the study does not matter: half the paper's to read
LONGEST = "test_study.py"  # its fixtures run one after another, longer than all other tests side by side
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".snakemake", "__pycache__", ".*_cache", ".hypothesis")


def pytest_collection_modifyitems(items):
    """Begin with the longest file."""
    items.sort(key=lambda item: item.path.name != LONGEST)


def pytest_runtest_setup(item):
    """Let the longest file go before what runs beside it."""
    if item.path.name != LONGEST and os.getpriority(os.PRIO_PROCESS, 0) == 0:
        os.nice(3)


def program(module, *arguments):
    """The command of a program below `polyglot`."""
    return [sys.executable, "-m", f"polyglot.{module}", *map(str, arguments)]


def copy_project(target):
    """Copy the project to `target`, with empty results."""

    def ignore(folder, names):
        made = [
            name for name in names if Path(folder) in (ROOT / "results", ROOT / "paper_figures") and name != "README.md"
        ]
        return {*LEFT_OUT(folder, names), *made}

    return Path(shutil.copytree(ROOT, target, ignore=ignore, symlinks=True))


@pytest.fixture(scope="session")
def smollm2(tmp_path_factory):
    """The folder of the packaged model, made once, by whichever worker wants it first, for tests to copy or to read."""
    folder = tmp_path_factory.getbasetemp()
    folder = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "smollm2-135m"
    entry = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["models"]["smollm2-135m"]
    source = ["--package", entry["package"], "--sha256", entry["sha256"]]
    template = ROOT / f"resources/chat_templates/{entry['chat_template']}.jinja"
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            command = program("hub.prepare_model", *source, "--chat-template", template, "--out", folder)
            subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    return folder
