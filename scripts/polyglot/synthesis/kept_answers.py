"""Answers that outlive a killed job: in an append-only file of JSON lines, read back by the job that goes on."""

import json
import math
import os
import sys
from dataclasses import asdict, fields
from pathlib import Path

from tqdm import tqdm

from polyglot.core.files import Json
from polyglot.synthesis.parsing import Completion


class KeptAnswers:
    """The answers of a job by the identity of their calls.

    A line that a crash cut short is left out and reported; its call is asked again. Answers outlive the process; where
    `durable`, the machine too.
    """

    durable = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, Completion] = {}
        lines = path.read_bytes().splitlines() if path.exists() else []
        whole = list(filter(None, map(read_line, lines)))
        for key, completion, usd in whole:
            self._take(key, completion, usd)
        if broken := len(lines) - len(whole):
            tqdm.write(
                f"{path}: {broken} of {len(lines)} lines cannot be read; their calls are asked again", file=sys.stderr
            )

    def price(self, completion: Completion) -> float | None:
        """US dollars for an answer; None where they are not known."""
        return 0.0

    def _take(self, key: str, completion: Completion, usd: float | None) -> None:
        self.answers[key] = completion

    def append(self, *pairs: tuple[str, Completion]) -> None:
        """Put answers on disk by their keys; then count them."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        priced = [(key, completion, self.price(completion)) for key, completion in pairs]
        rows = [{"call": key, **asdict(completion), "usd": usd} for key, completion, usd in priced]
        with open(self.path, "ab+") as out:
            if out.tell() and not ends_line(out.fileno(), out.tell()):
                out.write(b"\n")  # after a line that was cut short
            out.write("".join(json.dumps(row, allow_nan=False) + "\n" for row in rows).encode("ascii"))
            out.flush()
            if self.durable:
                os.fsync(out.fileno())
        for key, completion, usd in priced:
            self._take(key, completion, usd)


def ends_line(descriptor: int, size: int) -> bool:
    """Whether the last of `size` bytes of an open file ends a line."""
    return os.pread(descriptor, 1, size - 1) == b"\n"


def read_line(line: bytes) -> tuple[str, Completion, float | None] | None:
    """The key and the answer in a line, and the US dollars that it cost, if known; None where it cannot be read."""
    try:
        row = json.loads(line)
        key, usd = row.pop("call"), row.pop("usd")
        if usd is not None and not (isinstance(usd, float) and 0 <= usd < math.inf):
            return None
        return key, completion_of(row), usd
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def completion_of(row: Json) -> Completion:
    """A completion from its line. Raises TypeError or ValueError for a value that `Completion` cannot hold."""
    row.setdefault("model", "")  # paid for before servers' names of their models were kept
    kinds = {field.name: field.type for field in fields(Completion)}
    for name, kind in kinds.items():
        if type(row[name]) is not kind or (kind is int and row[name] < 0):
            raise ValueError(name)
    return Completion(**row)
