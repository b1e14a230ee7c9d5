"""What finished jobs took, for the plan of a study: loading a model, and working through tokens.

A job's record has its rule, wildcards, seconds and machine; the estimate of the same job has its size and tokens. Of
costs.csv, which sums the same seconds by rule over models of all sizes, no rate could be told. A job says how long
loading takes where tokens are a small part of its plan, and how fast tokens go where they are most of it; others say
neither. A job that was resumed counts with its last run.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from polyglot.core.files import Json, read_json
from polyglot.study.config import Config
from polyglot.study.design import Design
from polyglot.study.schedule import Planned
from polyglot.study.work import Estimates

SMALL_PART, MOST = 0.2, 0.5  # shares of a job's planned time that its tokens take


class Timed(NamedTuple):
    """A finished job: what it was planned to take to load and for its tokens, and what it took, in hours.

    `up_to_b` names the row of `plan.throughput`; `kind` is the model of its cards, or of the processor without cards.
    """

    rule: str
    up_to_b: float
    cards: int
    kind: str
    loading: float
    tokens: float
    hours: float


def measured(config: Config, base_file: Path, on_cards: bool, kind: str) -> list[Json]:
    """The rates of the study's own finished jobs, and of those of the studies in `plan.measured`, on `kind`."""
    configs = [config, *(laid_over(base_file, Path(file)) for file in config["plan"]["measured"])]
    by_study = {entry["study"]: entry for entry in reversed(configs)}
    jobs = [job for entry in by_study.values() for job in timed_jobs(Design(entry))]
    return rates(comparable(jobs, on_cards, kind))


def laid_over(base_file: Path, overlay: Path) -> Config:
    """The config of a study, as Snakemake merges it."""
    config = load_configfile(str(base_file))
    update_config(config, load_configfile(str(overlay)))
    return config


def timed_jobs(design: Design) -> list[Timed]:
    """The finished jobs of a study that load a model, by their records below results/."""
    folder, estimates = Path(design.folder), Estimates(design)
    records: dict[str, Json] = {}
    for path in sorted((folder / "audit/records" / folder).glob("**/*.json")):
        record = read_json(path)
        if record["rule"] in estimates.by_rule:
            records.setdefault(record["logs"][0]["path"] if record["logs"] else str(path), record)
    jobs = (timed(record, estimates) for record in records.values())
    return [job for job in jobs if job]


def timed(record: Json, estimates: Estimates) -> Timed | None:
    """A finished job beside its estimate; None where it loads no model, or the design no longer has it."""
    try:
        work = estimates.work(record["rule"], record["wildcards"])
    except KeyError:
        return None
    if not work.size_b or not (work.read or work.written or work.trained):
        return None
    cards = cards_of(record)
    machine = record["machine"]
    kind = re.sub(r"^\d+ x ", "", machine["gpu"] or "") if cards else machine["cpu"]
    loading = work.minutes / 60
    tokens = estimates.hours(work, cards) - loading
    return Timed(
        record["rule"], estimates.rate(work.size_b)["up_to_b"], cards, kind, loading, tokens, record["seconds"] / 3600
    )


def cards_of(record: Json) -> int:
    """Cards that a job used: those of its engine, or the processes of its training."""
    if "--cpu" in record["command"]:
        return 0
    name = "--num_processes" if "--num_processes" in record["command"] else "--gpus"
    return int(record["command"][record["command"].index(name) + 1]) if name in record["command"] else 0


def comparable(jobs: Iterable[Timed], on_cards: bool, kind: str) -> list[Timed]:
    """The jobs on cards whose model contains `kind` as SLURM spells it, or on that processor; none if they differ."""
    same = [job for job in jobs if bool(job.cards) == on_cards and letters(kind) in letters(job.kind)]
    return same if len({job.kind for job in same}) == 1 else []


def letters(name: str) -> str:
    """A name of a card or a processor without case, spaces and marks: nvidia_h100 is part of NVIDIA H100 80GB HBM3."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def rates(jobs: Iterable[Timed]) -> list[Json]:
    """A row for each rule, size and number of cards: minutes to load, and time of tokens as a multiple of the assumed.

    Either is None where no job tells it. Without a measured load nothing is taken off for it, so tokens look slow.
    """
    rows = []
    place = attrgetter("rule", "up_to_b", "cards")
    for (rule, up_to_b, cards), group in groupby(sorted(jobs), key=place):
        own = list(group)
        loads = [job.hours for job in own if job.tokens < SMALL_PART * (job.loading + job.tokens)]
        load = mean(loads) if loads else None
        most = [job for job in own if job.tokens >= MOST * (job.loading + job.tokens)]
        taken = sum(job.hours - (load or 0.0) for job in most)
        factor = taken / sum(job.tokens for job in most) if most and taken > 0 else None
        if load is not None or factor is not None:
            minutes = None if load is None else 60 * load
            sizes = {"rule": rule, "up_to_b": up_to_b, "cards": cards, "kind": own[0].kind}
            rows.append({**sizes, "jobs": len(loads) + len(most), "load_minutes": minutes, "tokens_take": factor})
    return rows


def applied(jobs: Iterable[Planned], rows: Iterable[Json], estimates: Estimates) -> list[Planned]:
    """The planned jobs with hours by the measured rates where there are any."""
    by_place = {(row["rule"], row["up_to_b"], row["cards"]): row for row in rows}

    def corrected(entry: Planned) -> Planned:
        if not entry.work.size_b:
            return entry
        row = by_place.get((entry.job.rule, estimates.rate(entry.work.size_b)["up_to_b"], entry.job.cards))
        if not row:
            return entry
        loading = entry.work.minutes / 60
        load = loading if row["load_minutes"] is None else row["load_minutes"] / 60
        factor = 1.0 if row["tokens_take"] is None else row["tokens_take"]
        return replace(entry, hours=load + factor * (entry.hours - loading))

    return [corrected(entry) for entry in jobs]
