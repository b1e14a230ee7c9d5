"""Plan a study from its config alone: jobs, tokens, card hours, money, disk and the longest chain of jobs.

Writes plan.csv (a row a stage), plan.json (all numbers and the assumptions) and plan.md (the same to read).
"""

import argparse
import json
from pathlib import Path

import pandas as pd
from tabulate import tabulate

from polyglot.design import Design
from polyglot.errors import run
from polyglot.files import Json, whole, write_json
from polyglot.planning.sums import by_stage, critical_path, disk, over_budget, totals
from polyglot.planning.tasks import tasks_of
from polyglot.sheets import write_sheet

COLUMNS = {
    "stage": "stage",
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
    """Parse the command line, plan, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=json.loads, required=True, help="the study's whole config as JSON")
    parser.add_argument("--figures", nargs="*", required=True, help="numbers of the figures that the study draws")
    parser.add_argument("--out", type=Path, required=True, help="the .md file to write; .csv and .json beside it")
    arguments = parser.parse_args()
    design, settings = Design(arguments.config), arguments.config["plan"]
    tasks = tasks_of(design)
    stages = by_stage(design, tasks, arguments.figures)
    chain = critical_path(tasks)
    sums = totals(stages, chain, settings["cards"])
    path = [{"job": task.name, "hours": task.hours} for task in chain]
    plan = {"stages": stages, "totals": sums, "disk_gb": disk(design), "critical_path": path}
    plan |= {"warnings": over_budget(design, tasks), "assumptions": settings}
    write_sheet(arguments.out.with_suffix(".csv"), pd.DataFrame(stages))
    write_json(arguments.out.with_suffix(".json"), plan)
    with whole(arguments.out) as temporary:
        temporary.write_text(page(arguments.config["study"], plan), encoding="utf-8")


def page(study: str, plan: Json) -> str:
    """The plan in Markdown."""
    sums, gigabytes = plan["totals"], plan["disk_gb"]
    rows = [[shown(row[name]) for name in COLUMNS] for row in [*plan["stages"], {"stage": "total", **sums}]]
    kinds = [[kind, shown(size)] for kind, size in [*gigabytes.items(), ("total", sum(gigabytes.values()))]]
    chain = [[step["job"], shown(step["hours"])] for step in plan["critical_path"]]
    best, longest, at_once = shown(sums["hours_at_best"]), shown(sums["hours_of_chain"]), plan["assumptions"]["cards"]
    work = f"{shown(sums['card_hours'])} GPU-hours" if sums["card_hours"] else f"{shown(sums['hours'])} hours of work"
    blocks = [
        f"# Plan of the study {study}",
        table([*COLUMNS.values()], rows),
        f"At best {best} hours: the longest chain of jobs takes {longest}, and {work} are for {at_once} at a time.",
        *plan["warnings"],
        "## Disk",
        table(["kind", "GB"], kinds),
        "## The longest chain of jobs",
        table(["job", "hours"], chain),
        "## What was assumed",
        "Section `plan` of the config; sizes and prices of models are with the models and teachers.",
        f"```json\n{json.dumps(plan['assumptions'], indent=2)}\n```",
    ]
    return "\n\n".join(blocks) + "\n"


def table(headers: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, its first column to the left and the numbers to the right."""
    sides = ["left", *["right"] * (len(headers) - 1)]
    return tabulate(rows, headers, tablefmt="pipe", disable_numparse=True, colalign=sides)


def shown(value: float | str) -> str:
    """A number for reading: whole from 100 on, else with two significant digits or one place."""
    if isinstance(value, str):
        return value
    if value == 0 or isinstance(value, int) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


if __name__ == "__main__":
    run(main)
