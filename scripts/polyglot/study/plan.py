"""Plan a study over the graph of its jobs: tokens, card hours, money, disk and the longest chain of jobs.

Jobs, their order and their cards are those that Snakemake would run and ask for. Writes plan.csv (a row a rule),
plan.json (all numbers and the assumptions) and plan.md (the same to read).
"""

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json, whole, write_json
from polyglot.core.markdown import markdown_table
from polyglot.core.sheets import write_sheet
from polyglot.study.design import Design
from polyglot.study.disk import disk
from polyglot.study.graph import Job, graph
from polyglot.study.measured_rates import applied
from polyglot.study.memory_ledger import ledger
from polyglot.study.race import Race
from polyglot.study.schedule import Planned, by_rule, critical_path, planned, totals
from polyglot.study.work import Estimates, about_money, asked_of

COLUMNS = {
    "stage": "stage",
    "rule": "rule",
    "jobs": "jobs",
    "cards_each": "cards a job",
    "tokens_read": "tokens read",
    "tokens_written": "tokens written",
    "hours_longest": "longest job, h",
    "hours": "all jobs, h",
    "card_hours": "GPU-hours",
    "api_usd": "API, US$",
}


def main() -> None:
    """Parse the command line, build the graph, sum, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=json.loads, required=True, help="the study's whole config as JSON")
    parser.add_argument("--measured", type=json.loads, required=True, help="JSON list of rates that finished jobs show")
    parser.add_argument("--out", type=Path, required=True, help="the .md file to write; .csv and .json beside it")
    arguments = parser.parse_args()
    config = arguments.config
    design, settings = Design(config), config["plan"]
    estimates = Estimates(design)
    jobs = applied(planned(graph(config), estimates), arguments.measured, estimates)
    rows, chain = by_rule(jobs), critical_path(jobs)
    paid = ((asked_of(entry.job.wildcards), entry.work.usd) for entry in jobs if entry.work.usd != 0)
    plan = {
        "size": size(design),
        "rules": rows,
        "totals": totals(rows, chain, settings["cards"]),
        "disk_gb": disk(design),
        "race": Race(design).planned(estimates),
        "training_memory": training_memory((entry.job for entry in jobs), estimates),
        "pretraining": pretraining(jobs),
        "critical_path": [{"job": entry.job.name, "hours": entry.hours} for entry in chain],
        "warnings": about_money(config, paid),
        "measured": arguments.measured,
        "assumptions": settings,
    }
    write_sheet(arguments.out.with_suffix(".csv"), pd.DataFrame(rows))
    write_json(arguments.out.with_suffix(".json"), plan)
    with whole(arguments.out) as temporary:
        temporary.write_text(page(config["study"], plan), encoding="utf-8")


def size(design: Design) -> Json:
    """Students and the rows of their data sets, with and without trials (`configurations`, `rows_of_one_trial`)."""
    rows = {cell.data: cell.size for cell in design.cells}
    of_one = {data.rpartition("/")[0]: count for data, count in rows.items()}
    return {
        "students": len(design.cells),
        "configurations": len({cell._replace(trial=1) for cell in design.cells}),
        "rows": sum(rows.values()),
        "rows_of_one_trial": sum(of_one.values()),
    }


def training_memory(jobs: Iterable[Job], estimates: Estimates) -> list[Json]:
    """The ledger of each student base that is trained on cards: the tokens of its largest batch, GB on each card."""
    cards = {job.wildcards["student_base"]: job.cards for job in jobs if job.rule == "train" and job.cards}
    students = {base: estimates.student(base) for base in cards}
    return [
        {
            "student_base": base,
            "method": student.method,
            "cards": cards[base],
            "tokens": student.tokens,
            **ledger(student, cards[base]).gigabytes,
        }
        for base, student in sorted(students.items())
    ]


def page(study: str, plan: Json) -> str:
    """The plan in Markdown."""
    sums, gigabytes = plan["totals"], plan["disk_gb"]
    rows = [[shown(row[name]) for name in COLUMNS] for row in [*plan["rules"], {"stage": "total", "rule": "", **sums}]]
    kinds = [[kind, shown(size)] for kind, size in [*gigabytes.items(), ("total", sum(gigabytes.values()))]]
    chain = [[step["job"], shown(step["hours"])] for step in plan["critical_path"]]
    best, longest, at_once = shown(sums["hours_at_best"]), shown(sums["hours_of_chain"]), plan["assumptions"]["cards"]
    counts = {name: shown(count) for name, count in plan["size"].items()}
    work = f"{shown(sums['card_hours'])} GPU-hours" if sums["card_hours"] else f"{shown(sums['hours'])} hours of work"
    blocks = [
        f"# Plan of the study {study}",
        "Students: {students}, without trials {configurations}. Rows in their data sets: {rows}, without trials"
        " {rows_of_one_trial}.".format(**counts),
        table([*COLUMNS.values()], rows, names=2),
        f"At best {best} hours: the longest chain of jobs takes {longest}, and {work} are for {at_once} at a time.",
        *plan["warnings"],
        "## Disk",
        table(["kind", "GB"], kinds),
        *race(plan["race"]),
        *memory(plan["training_memory"]),
        *pretrained(plan["pretraining"]),
        "## The longest chain of jobs",
        table(["job", "hours"], chain),
        *measurements(plan["measured"]),
        "## What was assumed",
        "Section `plan` of the config; sizes and prices of models are with the models and teachers.",
        f"```json\n{json.dumps(plan['assumptions'], indent=2)}\n```",
    ]
    return "\n\n".join(blocks) + "\n"


def race(courses: list[Json]) -> list[str]:
    """What a race of the teachers takes beside the whole main block, in Markdown; nothing without a course."""
    if not courses:
        return []
    block = courses[0]
    rows = [
        [
            course["course"],
            *(shown(course[name]) for name in ("students", "rows", "hours")),
            *(shown(course[name] / block[name]) for name in ("rows", "hours")),
        ]
        for course in courses
    ]
    words = (
        "Training and evaluation of the main base's students, hours on one card; the target `race` drops teachers on"
        " the way. Rows are generated for all teachers in either case. With one trial nobody is dropped."
    )
    headers = ["course", "students", "rows", "hours", "share of the rows", "share of the hours"]
    return ["## A race of the teachers", words, table(headers, rows)]


def memory(rows: list[Json]) -> list[str]:
    """The ledgers of training in Markdown; nothing where no student is trained on cards."""
    if not rows:
        return []
    words = "GB on each card, for the largest batch. Activations and logits are not there at the same time."
    headers = ["student base", "method", *list(rows[0])[2:]]
    return ["## Memory of training", words, table(headers, [[shown(cell) for cell in row.values()] for row in rows], 2)]


def measurements(rows: list[Json]) -> list[str]:
    """The measured rates in Markdown, or that there are none."""
    title = "## What was measured"
    if not rows:
        return [title, "Nothing: no job of this study or of `plan.measured` has finished on what is planned for."]
    words = (
        f"Finished jobs on {rows[0]['kind']}, each held against its own plan. Where a number is missing, and for all"
        " other jobs, the assumptions below hold."
    )
    headers = ["rule", "models up to, B", "cards", "jobs", "minutes to load", "time of tokens / assumed"]
    cells = [
        [
            "" if row[name] is None else shown(row[name])
            for name in ("rule", "up_to_b", "cards", "jobs", "load_minutes", "tokens_take")
        ]
        for row in rows
    ]
    return [title, words, table(headers, cells)]


def pretraining(jobs: Iterable[Planned]) -> list[Json]:
    """What each run of `pretraining` takes; on the CPU, `cards` is 0 and the hours are the machine's."""
    runs = [(entry, entry.work) for entry in jobs if entry.work.operations]
    return [
        {
            "run": entry.job.wildcards["run"],
            "billion parameters": work.size_b,
            "billion tokens": work.trained / 1e9,
            "operations": work.operations,
            "cards": entry.job.cards,
            "hours": entry.hours,
            "GPU-hours": entry.hours * entry.job.cards,
        }
        for entry, work in sorted(runs, key=lambda pair: pair[1].operations)
    ]


def pretrained(rows: list[Json]) -> list[str]:
    """The runs in Markdown; nothing where there are none."""
    if not rows:
        return []
    words = (
        "Six operations for each parameter and token, at `peak_share` of the cards' `peak_tflops`. The 863 GB of text"
        " that Polyglot-Ko read were never released: runs read the corpora of the config, as often as their tokens ask"
        " for."
    )
    cells = [[f"{cell:.1e}" if name == "operations" else shown(cell) for name, cell in row.items()] for row in rows]
    return ["## Pretraining", words, table([*rows[0]], cells)]


def table(headers: list[str], rows: list[list[str]], names: int = 1) -> str:
    """A Markdown table, `names` columns to the left and the numbers to the right."""
    sides = [*["left"] * names, *["right"] * (len(headers) - names)]
    return markdown_table(rows, headers, sides)


def shown(value: float | str | None) -> str:
    """A number for reading: whole from 100 on, else with two significant digits or one place; None is not known."""
    if value is None:
        return "not known"
    if isinstance(value, str):
        return value
    if value == 0 or isinstance(value, int) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


if __name__ == "__main__":
    run(main)
