"""Answers that cost money: each is on disk as soon as it comes, and stays there.

The budget of a teacher is that of all its jobs in a study, and counts earlier runs. The jobs share nothing but their
files below the teacher's folder: {language}/{method}/trial{n}.paid.jsonl holds each answer, and reserved.json in
trial{n}.chunks/ the most that a job under way can still spend. A judge's jobs share {load}.paid.jsonl in the same way.
Without prices an answer's cost is null; it is booked at the prices that are given later.
"""

import contextlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from polyglot.core.errors import InputError
from polyglot.core.files import read_json, write_json
from polyglot.synthesis.kept_answers import KeptAnswers, read_line
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.synthesise import Call

PAID = ".paid.jsonl"  # ending of a file of answers
FAILED = "failed"  # finish_reason of a call that may have cost something and brought no answer


class OtherJobs:
    """What the other jobs of one budget have spent and set aside, by their files below its `folder`.

    `own` are the files of answers of this job. A file of answers only grows: what was read once is not read again.
    """

    def __init__(self, folder: Path, own: set[Path]) -> None:
        self.folder, self.own = folder, own
        self.read: dict[Path, int] = {}  # bytes of each file
        self.spent_usd = 0.0

    def look(self, cost: Callable[[Completion, float | None], float]) -> None:
        """Count the answers that have come since the last look; a line that is being written counts when whole.

        `cost` gives the US dollars of an answer from what its line says of them.
        """
        for path in set(self.folder.rglob(f"*{PAID}")) - self.own:
            with open(path, "rb") as answers:
                answers.seek(self.read.get(path, 0))
                lines = answers.read().rpartition(b"\n")[0]
            if lines:
                self.read[path] = self.read.get(path, 0) + len(lines) + 1
            read = filter(None, map(read_line, lines.splitlines()))
            self.spent_usd += sum(cost(completion, usd) for _, completion, usd in read)

    def reserved_usd(self) -> float:
        """US dollars that the others, under way or killed, have set aside."""
        own = {path.parent / f"{path.name.removesuffix(PAID)}.chunks" for path in self.own}
        usd = 0.0
        for path in self.folder.rglob("*.chunks/reserved.json"):
            if path.parent not in own:
                with contextlib.suppress(FileNotFoundError):  # its job has just released it
                    usd += read_json(path)["usd"]
        return usd


@dataclass
class Ledger:
    """Cost of the answers in US dollars, and the budget of all jobs of a teacher or a judge in a study.

    Without prices and budget (None) costs are not known, and nothing limits them.

    `spent_usd` is what this job has spent, in all its runs, `reserved_usd` the most that its open calls cost, which
    stands in the file `reservation` for other jobs.
    """

    prices: tuple[float, float] | None  # US dollars for a million tokens of requests and of answers
    budget_usd: float | None
    others: OtherJobs
    reservation: Path
    spent_usd: float = 0.0
    reserved_usd: float = 0.0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        """US dollars for so many tokens; None where prices are not known."""
        if self.prices is None:
            return None
        return (prompt_tokens * self.prices[0] + completion_tokens * self.prices[1]) / 1e6

    def booked(self, completion: Completion, usd: float | None) -> float:
        """US dollars that the budget counts of an answer: those of its line, or else those of today's prices."""
        return (self.cost(completion.prompt_tokens, completion.completion_tokens) or 0.0) if usd is None else usd

    def most(self, call: Call, max_tokens: int) -> float:
        """The most that a call can cost, as far as known: a token for each byte of its JSON, and the longest answer."""
        return self.cost(len(json.dumps(asdict(call), ensure_ascii=False).encode()), max_tokens) or 0.0

    def reserve(self, calls: list[Call], max_tokens: int) -> None:
        """Set money aside for `calls`. Raises InputError where they could cost more than what is left.

        It is on disk before the others' files are read: of two jobs that do this at once, one sees the other.
        """
        self.reserved_usd = sum(self.most(call, max_tokens) for call in calls)
        write_json(self.reservation, {"usd": self.reserved_usd})
        if not self.affords():
            self.release()
            aside = self.others.reserved_usd()
            open_calls = f" and {aside:.4f} set aside by other jobs, under way or killed" if aside else ""
            raise InputError(
                f"budget_usd: {self.all_spent_usd():.4f} of {self.budget_usd:g} US dollars are spent{open_calls}, and "
                f"the next {len(calls)} requests could cost more than what is left; raise it and run again: "
                "answers are kept"
            )

    def release(self) -> None:
        """Set nothing aside any more."""
        self.reserved_usd = 0.0
        self.reservation.unlink(missing_ok=True)

    def all_spent_usd(self) -> float:
        """What all jobs of the budget have spent so far, as of the last look at the others."""
        return self.spent_usd + self.others.spent_usd

    def left_usd(self) -> float:
        """What all jobs have neither spent nor set aside; infinite without a budget."""
        reserved_usd = self.reserved_usd + self.others.reserved_usd()
        # after the reservations: an answer that comes between is counted twice, never not at all
        self.others.look(self.booked)
        return (math.inf if self.budget_usd is None else self.budget_usd) - self.all_spent_usd() - reserved_usd

    def affords(self) -> bool:
        """Whether what all jobs have spent and set aside stays within the budget."""
        return self.left_usd() >= 0


class PaidAnswers(KeptAnswers):
    """The answers of one method that cost money, and the failed calls that may have cost something.

    Every line is booked in the ledger when the file is opened, at the price of its time: also those of other settings,
    which cost money too.
    """

    durable = True

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self.ledger = ledger
        self.failed: dict[str, list[Completion]] = {}
        super().__init__(path)

    def price(self, completion: Completion) -> float | None:
        """US dollars for an answer at today's prices; None where they are not known."""
        return self.ledger.cost(completion.prompt_tokens, completion.completion_tokens)

    def _take(self, key: str, completion: Completion, usd: float | None) -> None:
        self.ledger.spent_usd += self.ledger.booked(completion, usd)
        if completion.finish_reason == FAILED:
            self.failed.setdefault(key, []).append(completion)
        else:
            super()._take(key, completion, usd)

    def failures(self) -> list[Completion]:
        """The failed calls that may have cost something."""
        return [completion for failed in self.failed.values() for completion in failed]
