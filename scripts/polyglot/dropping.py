"""Students that have been evaluated: their weights take most of a study's disk, and nothing reads them again."""

import shutil
from pathlib import Path

from polyglot.files import Json, read_json
from polyglot.provenance import files_of, record_of


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
    return bool(scores) and all(files.items() <= record(score).get("inputs", {}).items() for score in scores)


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
