"""Free disk: delete the weights of evaluated students, and print the size of each.

Reads the records of a study's jobs. Deletes a student only if its finished evaluations read exactly the files on disk.
The measurements stay; a new benchmark, for example, trains the student again from its rows. The program may run during
the study. Weights of students take most of a study's disk, and nothing reads them after their evaluation.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from polyglot.core.errors import run
from polyglot.core.files import Json, read_json
from polyglot.core.provenance import files_of, record_of


def is_droppable(weights: dict[str, str], evaluations: Sequence[dict[str, str]]) -> bool:
    """Whether a student may be deleted: it has a finished evaluation, and all of them read exactly its weights.

    `weights` maps the files of its folder to their hashes; an evaluation is the same map of its inputs.
    """
    return bool(weights and evaluations) and all(weights.items() <= inputs.items() for inputs in evaluations)


def droppable_models(results: Path) -> list[Path]:
    """Model folders of students whose finished evaluations read exactly the files on disk."""
    models = (results / "students").glob("**/model")
    return sorted(model for model in models if model.is_dir() and is_evaluated(model, results))


def is_evaluated(model: Path, results: Path) -> bool:
    """Whether the records of its evaluations name every file of `model` with the hash that training recorded."""
    training = record(model)
    student = model.parent.relative_to(results / "students")
    files = {file["path"]: file["sha256"] for file in training.get("files", [])}
    if set(files) != {str(file) for file in files_of(model)}:
        return False
    scores = sorted((results / "evaluations/students" / student).glob("*.json"))
    return is_droppable(files, [record(score).get("inputs", {}) for score in scores])


def record(output: Path) -> Json:
    """The record of an output; empty if no finished job made it."""
    path = record_of(output)
    return read_json(path) if path and path.is_file() else {}


def drop(model: Path) -> int:
    """Delete a model folder and return its size in bytes."""
    size = sum(file.stat().st_size for file in files_of(model))
    trash = model.with_name("model.dropped")  # a half-deleted folder is never taken for a student
    model.rename(trash)
    shutil.rmtree(trash)
    return size


def main() -> None:
    """Parse the command line and delete the students."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, help="the study's folder, such as results/paper")
    parser.add_argument("--list", action="store_true", help="only list the students")
    arguments = parser.parse_args()
    total = 0
    for model in droppable_models(arguments.results):
        size = sum(file.stat().st_size for file in model.rglob("*")) if arguments.list else drop(model)
        total += size
        print(f"{size / 1e9:9.2f} GB  {model}")
    print(f"{total / 1e9:9.2f} GB  {'would be freed' if arguments.list else 'freed'}")


if __name__ == "__main__":
    run(main)
