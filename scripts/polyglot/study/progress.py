"""How far a run is: a line on the terminal, the same line in a file for `snakemake status`.

A job counts by its planned hours; how long the rest takes follows from how long the finished part of the plan took.
"""

import logging
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from polyglot.study.work import Estimates

LEAST_HOURS = 10 / 3600  # of a job: starting a program takes seconds whatever it does
ENOUGH = 0.02  # of the planned hours, that must be finished before they tell how long the rest takes
CLEAR = "\r\x1b[K"  # to the start of the terminal's line, and empty it


@dataclass(frozen=True)
class Step:
    """A job that runs a program: its stage, its rule, its planned hours."""

    stage: str
    rule: str
    hours: float


def steps(jobs: Iterable[Any], number: Callable[[Any], int], estimates: Estimates) -> dict[int, Step]:
    """Snakemake's jobs that run a program, by their number."""
    own = {}
    for job in jobs:
        if job.rule.shellcmd:
            work = estimates.work(job.rule.name, dict(job.wildcards.items()))
            hours = max(estimates.hours(work, job.resources.get("gpu", 0)), LEAST_HOURS)
            own[number(job)] = Step(Path(job.rule.snakefile).stem, job.rule.name, hours)
    return own


class Progress(logging.Handler):
    """Follows Snakemake's messages; after each it writes the line to `file`, and to `terminal` if that is one."""

    def __init__(self, steps: dict[int, Step], terminal: TextIO, file: Path) -> None:
        super().__init__()
        self.steps, self.terminal, self.file = steps, terminal, file
        self.running: set[int] = set()
        self.done: set[int] = set()
        self.began = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Take down what starts and what ends, and say it."""
        match getattr(record, "event", None):
            case "job_started":
                self.running |= self.steps.keys() & set(record.jobs)
            case "job_finished":
                self.running.discard(record.job_id)
                self.done |= self.steps.keys() & {record.job_id}
            case "job_error":
                self.running.discard(record.jobid)
            case _:
                return
        self.say(self.line(time.monotonic() - self.began))

    def line(self, seconds: float) -> str:
        """How far the run is, `seconds` after its start."""
        active = [self.steps[number] for number in sorted(self.running)]
        rules = Counter(step.rule for step in active)
        names = [rule if count == 1 else f"{count} {rule}" for rule, count in rules.items()]
        parts = [f"{len(self.done)} of {len(self.steps)} jobs"]
        if active:
            parts += [f"{', '.join(sorted({step.stage for step in active}))}: {', '.join(names)}"]
        if left := self.seconds_left(seconds):
            parts += [f"about {spoken(left)} left"]
        return "; ".join(parts)

    def seconds_left(self, seconds: float) -> float | None:
        """What is left of the plan, at the pace of what is finished; None while too little is."""
        planned = sum(step.hours for step in self.steps.values())
        finished = sum(self.steps[number].hours for number in self.done)
        return seconds / finished * (planned - finished) if finished >= ENOUGH * planned else None

    def say(self, line: str) -> None:
        """Write the line where it is read; a full disk does not end a run for it."""
        if self.terminal.isatty():
            self.terminal.write(CLEAR + line[: shutil.get_terminal_size().columns - 1])
            self.terminal.flush()
        with suppress(OSError):
            part = self.file.with_suffix(".part")
            part.write_text(line + "\n", encoding="utf-8")
            os.replace(part, self.file)


def spoken(seconds: float) -> str:
    """A time in the unit in which it is read."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
