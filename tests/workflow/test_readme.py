"""Every command in the documentation works: published targets are run, long ones are planned."""

import csv
import os
import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = sorted(
    {line for file in DOCS for block in BLOCK.findall(file.read_text("utf-8")) for line in block.splitlines()},
    key=lambda line: ("scripts/" in line or "python -c" in line, line),  # what reads a study after what makes it
)


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command, project):
    words = shlex.split(command, comments=True)
    if not words[0].endswith(".sh"):
        words[0] = Path(words[0]).name
    if words[0] == "make":
        words.insert(1, "-n")  # the demo is run by hand, the tests are this run
    elif "published" not in command:
        words.append("-n")
    environment = os.environ | {"VIRTUAL_ENV": ""}
    ended = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr[-3000:]
    for target in [word for word in words if word.startswith(("results/published", "paper_figures/published"))]:
        assert (project / target).stat().st_size > 0


def test_the_readme_has_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {"make demo", "make test"} <= set(COMMANDS)
    assert text.index("make demo") < text.index("make test")


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_every_link_and_picture_exists(file):
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", file.read_text(encoding="utf-8"))
    assert [target for target in targets if not (file.parent / target).exists()] == []


def test_the_counts_of_claims_are_the_ledgers(snakemake, project):
    made = snakemake("results/published/claims.csv")
    assert made.returncode == 0, made.stderr
    with open(project / "results/published/claims.csv", encoding="utf-8") as ledger:
        verdicts = Counter(row["verdict"] for row in csv.DictReader(ledger))
    sentence = (
        f"Of {verdicts.total()} claims {verdicts['differs']} differ, {verdicts['not_derivable']} cannot be derived "
        f"and {verdicts['reproduced']} are reproduced."
    )
    assert sentence in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())


def test_the_coverage_table_is_the_projects():
    words = {"both": "print; a run too", "run": "needs a run", "print": "as printed", "not transcribed": "not here"}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    with open(ROOT / "resources/coverage.csv", encoding="utf-8") as table:
        lines = [f"| {row['item']} | {row['shows']} | {words[row['source']]} |" for row in csv.DictReader(table)]
    assert len(lines) > 20 and [line for line in lines if line not in text] == []
