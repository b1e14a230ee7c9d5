"""Answers that cost money: each is on disk as soon as it comes, and the budget counts those of earlier runs too."""

import json
import os
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tqdm import tqdm

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.synthesise import Call

FAILED = "failed"  # finish_reason of a call that may have cost something and brought no answer


@dataclass
class Ledger:
    """Cost of the answers in US dollars, and the budget of one job; `reserved_usd` is the most that open calls cost."""

    usd_per_million_input_tokens: float = 0.0
    usd_per_million_output_tokens: float = 0.0
    budget_usd: float = 0.0
    spent_usd: float = 0.0
    reserved_usd: float = 0.0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """US dollars for so many tokens."""
        paid_in = prompt_tokens * self.usd_per_million_input_tokens
        return (paid_in + completion_tokens * self.usd_per_million_output_tokens) / 1e6

    def most(self, call: Call, max_tokens: int) -> float:
        """The most that a call can cost: a token for each byte of its JSON, and the longest answer."""
        return self.cost(len(json.dumps(asdict(call), ensure_ascii=False).encode()), max_tokens)

    def reserve(self, calls: list[Call], max_tokens: int) -> None:
        """Set money aside for `calls`. Raises InputError where they could cost more than what is left."""
        self.reserved_usd = sum(self.most(call, max_tokens) for call in calls)
        if not self.affords():
            raise InputError(
                f"budget_usd: {self.spent_usd:.4f} of {self.budget_usd:g} US dollars are spent, and the next "
                f"{len(calls)} requests could cost more than what is left; raise it and run again: answers are kept"
            )

    def affords(self) -> bool:
        """Whether what is spent and set aside stays within the budget."""
        return self.spent_usd + self.reserved_usd <= self.budget_usd

    def book(self, completion: Completion) -> None:
        """Count an answer, or a failed call, that was paid for in this run or an earlier one."""
        self.spent_usd += self.cost(completion.prompt_tokens, completion.completion_tokens)


class PaidAnswers:
    """The answers of one method in an append-only file of JSON lines, by the identity of their calls.

    Every line is booked in the ledger when the file is opened: also those of other settings, which cost money too. A
    line that a crash cut short is left out and reported; its call is asked again.
    """

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self.path, self.ledger = path, ledger
        self.answers: dict[str, Completion] = {}
        self.failed: list[Completion] = []
        lines = path.read_bytes().splitlines() if path.exists() else []
        broken = 0
        for line in lines:
            try:
                row = json.loads(line)
                self._take(row.pop("call"), completion_of(row))
            except (ValueError, TypeError, KeyError, AttributeError):
                broken += 1
        if broken:
            tqdm.write(
                f"{path}: {broken} of {len(lines)} lines cannot be read; their calls are asked again", file=sys.stderr
            )

    def _take(self, key: str, completion: Completion) -> None:
        self.ledger.book(completion)
        if completion.finish_reason == FAILED:
            self.failed.append(completion)
        else:
            self.answers[key] = completion

    def append(self, key: str, completion: Completion) -> None:
        """Put an answer, or a failed call that may have cost something, on disk; then count it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"call": key, **asdict(completion)}, allow_nan=False) + "\n"
        with open(self.path, "ab+") as out:
            if out.tell() and not ends_line(out.fileno(), out.tell()):
                out.write(b"\n")  # after a line that was cut short
            out.write(line.encode("ascii"))
            out.flush()
            os.fsync(out.fileno())
        self._take(key, completion)


def ends_line(descriptor: int, size: int) -> bool:
    """Whether the last of `size` bytes of an open file ends a line."""
    return os.pread(descriptor, 1, size - 1) == b"\n"


def completion_of(row: Json) -> Completion:
    """A completion from its line. Raises TypeError or ValueError for a value that `Completion` cannot hold."""
    kinds = {field.name: field.type for field in fields(Completion)}
    for name, kind in kinds.items():
        if type(row[name]) is not kind or (kind is int and row[name] < 0):
            raise ValueError(name)
    return Completion(**row)
