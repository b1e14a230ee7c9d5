"""The commands that the documentation prints, and the shell that they are run in."""

import os
import re
import shlex
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from snakemake.cli import get_argument_parser

from tests.conftest import ROOT

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = sorted(
    {line for file in DOCS for block in BLOCK.findall(file.read_text("utf-8")) for line in block.splitlines()},
    key=lambda line: ("python" in line, line),  # what reads a study after what makes it
)
# a shell that has activated nothing, on a machine with nothing but the system's programs
PLAIN = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": os.environ["HOME"],
    "LANG": "C.UTF-8",
}


def in_a_plain_shell(command: str, folder: Path, timeout: int) -> subprocess.CompletedProcess[str]:
    """Run a command as a reader types it in `folder`."""
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=PLAIN, capture_output=True, text=True, timeout=timeout
    )


def run_for_real(command: str) -> bool:
    """Whether tests run the command itself: what the study `published` needs takes seconds."""
    return "published" in command and not command.startswith("make ")


def together(commands: Iterable[str]) -> Iterator[str]:
    """Commands of Snakemake with the same options as one, for all their targets as its own parser reads them."""
    parser, targets, options = get_argument_parser(), defaultdict(list), {}
    for command in commands:
        program, *words = shlex.split(command, comments=True)
        if not program.endswith("/snakemake"):
            yield command
            continue
        named = parser.parse_args(words).targets
        own = [word for word in words if word not in named]
        key = re.sub(r" ?(--cores \d+|-n\b)", "", shlex.join(own)).strip()  # any number of cores makes the same
        options.setdefault(key, [program, *own])
        targets[key] += named or ["all"]
    yield from (shlex.join([*options[key], "--", *dict.fromkeys(targets[key])]) for key in options)
