"""Free disk: delete the weights of students that are evaluated, and print how much each took.

Reads the records of a study's jobs. A student goes only where a finished evaluation read exactly the files that lie
there. What was measured stays; asked for again, for a new benchmark say, a student is trained again from its rows.
It may run while the study does.
"""

import argparse
from pathlib import Path

from polyglot.dropping import drop, evaluated
from polyglot.errors import run


def main() -> None:
    """Parse the command line and drop what may go."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, help="the study's folder, such as results/paper")
    parser.add_argument("--list", action="store_true", help="only say what would go")
    arguments = parser.parse_args()
    total = 0
    for model in evaluated(arguments.results):
        size = sum(file.stat().st_size for file in model.rglob("*")) if arguments.list else drop(model)
        total += size
        print(f"{size / 1e9:9.2f} GB  {model}")
    print(f"{total / 1e9:9.2f} GB  {'would be freed' if arguments.list else 'freed'}")


if __name__ == "__main__":
    run(main)
