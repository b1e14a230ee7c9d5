"""Every command in the documentation works: here what takes long is planned; test_published_study runs the others."""

import csv
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.printed_commands import COMMANDS, DOCS, in_a_plain_shell, run_for_real, together

WHOLE_PAPER = (".venv/bin/snakemake --profile slurm -n", "profiles/slurm/carry-on.sh -n")


@pytest.fixture(scope="module")
def clone(project):
    """A copy in which `make env` was run."""
    (project / ".venv").symlink_to(Path(sys.prefix))
    yield project
    (project / ".venv").unlink()


def planned(command):
    """A command as the test runs it: as a plan."""
    if command.startswith("make "):
        return f"make -n {command.removeprefix('make ')}"  # the demo is run by hand, the tests are this run
    command = f"{command.partition(' #')[0]} -n"
    # the paper's graph of five thousand jobs is planned by other tests: here one cell of it
    return f"{command} --configfile studies/smoke.yaml" if command in WHOLE_PAPER else command


PLANNED = [command for command in COMMANDS if not run_for_real(command)]
PLANS = list(together(map(planned, PLANNED)))


def test_the_plans_have_every_word_that_is_printed():
    words = {word for command in PLANS for word in shlex.split(command)}
    printed = {word for command in PLANNED for word in shlex.split(command, comments=True)} - {"make"}
    assert len(PLANS) < len(PLANNED) and {word for word in printed if not word.isdigit()} <= words


@pytest.mark.parametrize("command", PLANS)
def test_printed_commands_are_planned(command, clone):
    ended = in_a_plain_shell(command, clone, timeout=600)
    assert ended.returncode == 0, ended.stdout[-1000:] + ended.stderr[-3000:]


@pytest.mark.parametrize("file", [*DOCS, ROOT / "CONTRIBUTING.md"], ids=lambda file: file.name)
def test_commands_in_the_text_name_their_program(file):
    """A command in a sentence, too, runs in a shell that has activated nothing."""
    said = re.findall(r"`([^`\n]+)`", file.read_text(encoding="utf-8"))
    assert [words for words in said if words.startswith("snakemake ")] == []


def test_the_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"make demo", "make test"} <= set(COMMANDS)
    assert text.index("make demo") < text.index("make test")


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_every_link_and_picture_exists(file):
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [target for target in targets if not (file.parent / target).exists()] == []


def test_the_coverage_table_is_the_projects():
    words = {"both": "print; a run too", "run": "needs a run", "print": "as printed", "not transcribed": "not here"}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    with open(ROOT / "resources/coverage.csv", encoding="utf-8") as table:
        lines = [f"| {row['item']} | {row['shows']} | {words[row['source']]} |" for row in csv.DictReader(table)]
    assert len(lines) > 20 and [line for line in lines if line not in text] == []
