"""Free disk: delete the weights of students that are evaluated, and print how much each took.

Reads the records of a study's jobs. A student goes only where a finished evaluation read exactly the files that lie
there. What was measured stays; asked for again, for a new benchmark say, a student is trained again from its rows.
It may run while the study does. Weights of students take most of a study's disk, and nothing reads them again.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from polyglot.core.errors import run
from polyglot.core.files import Json, read_json
from polyglot.core.provenance import files_of, record_of


def is_needed_no_more(weights: dict[str, str], evaluations: Sequence[dict[str, str]]) -> bool:
    """Whether a student may go: all its finished evaluations, of which there is one, read exactly its weights.

    `weights` maps the files of its folder to their hashes; each evaluation is given by what it read, in the same form.
    """
    return bool(weights and evaluations) and all(weights.items() <= read.items() for read in evaluations)


def evaluated(results: Path) -> list[Path]:
    """Model folders of students of which an evaluation is finished and read exactly the files that lie there."""
    return sorted(
        model for model in (results / "students").glob("**/model") if model.is_dir() and read_whole(model, results)
    )


def read_whole(model: Path, results: Path) -> bool:
    """Whether the record of a finished evaluation names every file of `model` with the hash that training recorded."""
    trained = record(model)
    student = model.parent.relative_to(results / "students")
    files = {file["path"]: file["sha256"] for file in trained.get("files", [])}
    if set(files) != {str(file) for file in files_of(model)}:
        return False
    scores = sorted((results / "evaluations/students" / student).glob("*.json"))
    return is_needed_no_more(files, [record(score).get("inputs", {}) for score in scores])


def record(output: Path) -> Json:
    """What is recorded of an output; nothing where no job has finished that made it."""
    path = record_of(output)
    return read_json(path) if path and path.is_file() else {}


def drop(model: Path) -> int:
    """Delete a model folder; the bytes that it took."""
    size = sum(file.stat().st_size for file in files_of(model))
    gone = model.with_name("model.dropped")  # a folder half deleted is never taken for a student
    model.rename(gone)
    shutil.rmtree(gone)
    return size


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
