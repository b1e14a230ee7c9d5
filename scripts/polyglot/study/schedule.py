"""The jobs of a study with their work and hours: sums by rule and in all, and the longest chain of jobs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from polyglot import STAGES
from polyglot.study.graph import Job
from polyglot.study.work import Estimates, Work, summed

SUMMED = ("jobs", "tokens_read", "tokens_written", "hours", "card_hours", "api_usd")
SMALL = "small jobs"  # rules whose jobs neither load a model nor ask an API


@dataclass(frozen=True)
class Planned:
    """A job of the graph, the work in it, and how long it takes."""

    job: Job
    work: Work
    hours: float

    @property
    def in_time(self) -> bool:
        """Whether the job is planned within the time that its rule asks for."""
        return self.hours * 60 <= self.job.minutes

    @property
    def row(self) -> tuple[str, str]:
        """The stage and the rule under which the plan shows the job."""
        return self.job.stage, self.job.rule if self.work.read or self.work.trained else SMALL


def planned(jobs: Iterable[Job], estimates: Estimates) -> list[Planned]:
    """Each job with its work and hours."""
    works = ((job, estimates.work(job.rule, job.wildcards)) for job in jobs)
    return [Planned(job, work, estimates.hours(work, job.cards)) for job, work in works]


def by_rule(jobs: Iterable[Planned]) -> list[dict[str, Any]]:
    """A row for each rule that loads a model or asks an API, and one for the small jobs of each stage, by stage."""
    rows: dict[tuple[str, str], list[Planned]] = {}
    for entry in jobs:
        rows.setdefault(entry.row, []).append(entry)
    return [
        {
            "stage": stage,
            "rule": rule,
            "jobs": len(own),
            "cards_each": max(entry.job.cards for entry in own),
            "tokens_read": round(sum(entry.work.read + entry.work.trained for entry in own)),
            "tokens_written": round(sum(entry.work.written for entry in own)),
            "hours_longest": max(entry.hours for entry in own),
            "beyond_limit": sum(not entry.in_time for entry in own),
            "hours": sum(entry.hours for entry in own),
            "card_hours": sum(entry.hours * entry.job.cards for entry in own),
            "api_usd": summed(entry.work.usd for entry in own),
        }
        for (stage, rule), own in sorted(rows.items(), key=lambda item: STAGES.index(item[0][0]))
    ]


def critical_path(jobs: list[Planned]) -> list[Planned]:
    """The longest chain of jobs that wait for each other: what unlimited cards cannot shorten."""
    ends: list[float] = []
    before: list[int | None] = []
    for entry in jobs:
        last = max(entry.job.after, key=lambda place: ends[place], default=None)
        ends.append(entry.hours + (ends[last] if last is not None else 0.0))
        before.append(last)
    chain, here = [], max(range(len(jobs)), key=lambda place: ends[place], default=None)
    while here is not None:
        chain.append(jobs[here])
        here = before[here]
    return chain[::-1]


def totals(rows: list[dict[str, Any]], chain: Iterable[Planned], at_once: int) -> dict[str, Any]:
    """Sums over the rows, and the hours at best: `at_once` cards, or jobs where no card is used, share the work."""
    sums = {name: summed(row[name] for row in rows) for name in SUMMED}
    most = {name: max(row[name] for row in rows) for name in ("cards_each", "hours_longest")}
    chained = sum(entry.hours for entry in chain)
    best = max(chained, (sums["card_hours"] or sums["hours"]) / at_once)
    return {**sums, **most, "hours_of_chain": chained, "hours_at_best": best}
