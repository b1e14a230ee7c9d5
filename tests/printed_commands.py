"""The commands that the documentation prints, and the shell that they are run in."""

import os
import re
import subprocess
from pathlib import Path

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
