"""Finished chunks of a long job: each is on disk before the next is asked for, so that a killed job resumes."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_jsonl, write_jsonl
from polyglot.core.identity import digest


class Chunks:
    """The finished chunks of one job, in a folder beside its output.

    `made_with` names everything but the question that an answer depends on (weights, sampling, precision); a chunk
    with another `made_with` is ignored.
    """

    def __init__(self, folder: Path, *made_with: object) -> None:
        self.folder, self.made_with = folder, made_with

    def answers(self, questions: list[object], answer: Callable[[], Iterable[Json]]) -> list[Json]:
        """The answers to a chunk, one a question; read from disk if the same questions were answered before.

        Raises InputError if the numbers of answers and questions differ.
        """
        path = self.folder / f"{digest(*self.made_with, *questions)[:32]}.jsonl"
        if not path.exists():
            write_jsonl(path, answer())
        rows = read_jsonl(path)
        if len(rows) != len(questions):
            raise InputError(f"{path}: {len(rows)} answers to {len(questions)} questions; delete it and run again")
        return rows

    def remove(self) -> None:
        """Delete the chunks."""
        shutil.rmtree(self.folder, ignore_errors=True)
