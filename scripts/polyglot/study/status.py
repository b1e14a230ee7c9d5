"""Say how far the runs of Snakemake are that live in this folder, on whatever machine, and which were killed."""

import argparse
from pathlib import Path

from polyglot.core.errors import run
from polyglot.study.running import FOLDER, claimed_by, locked

CARRIES_ON = {False: "the same command", True: "profiles/slurm/carry-on.sh"}  # by `submits`


def main() -> None:
    """Parse the command line, print a line a run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=FOLDER, help="the folder with a file of each run")
    print("\n".join(lines(parser.parse_args().runs)) or "no run lives; `.venv/bin/snakemake -n` shows what is left")


def lines(folder: Path) -> list[str]:
    """A line for each run that makes files."""
    said = []
    if not folder.is_dir():
        return said
    with open(folder / "guard", "ab") as guard:  # a run that starts meanwhile must not take this look for another run
        locked(guard, wait=True)
        for file in sorted(folder.glob("*.json")):
            with open(file, "r+b") as own:
                dead, claimed = locked(own), claimed_by(own)
            progress = file.with_suffix(".txt")
            how = progress.read_text(encoding="utf-8").strip() if progress.exists() else "before its first job"
            how += f"; it was killed, and {CARRIES_ON[claimed['submits']]} carries on" if dead else ""
            if claimed["writes"]:
                said.append(f"process {claimed['process']} on {claimed['host']}: {how}")
    return said


if __name__ == "__main__":
    run(main)
