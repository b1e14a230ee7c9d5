"""Sums over the tasks of a study: by stage and in all, disk, money, and the longest chain of tasks."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from polyglot.design import Design
from polyglot.planning.tasks import Planner, Task
from polyglot.sizing import BYTES, weights_gb

# the stages as the plan shows them, and the rules of each
STAGES = {
    "fetch": ("fetch_model", "fetch_dataset", "prepare_model"),
    "seeds": ("fetch_seeds",),
    "benchmarks": ("prepare_benchmark",),
    "requests": ("select_requests",),
    "translate by NLLB": ("convert_translator", "translate_requests", "pair_rows"),
    "generate": ("generate", "generate_api", "generate_translated", "generate_api_translated"),
    "judge before mixing": ("judge_rows", "keep_rows"),
    "mix": ("mix",),
    "diversity": ("diversity",),
    "perplexity": ("perplexity",),
    "judge": ("judge",),
    "length and fidelity": ("length", "fidelity"),
    "contamination": ("contamination_cell",),
    "samples": ("sample_rows",),
    "train": ("train", "plot_loss"),
    "evaluate students": ("evaluate_student",),
    "evaluate models": ("evaluate_model",),
    "measurements": ("collect", "measurements"),
}
ANALYSIS = "tables, figures, pages"  # seconds each
ONCE = ("teachers", "study_tables", "contamination_table", "score", "anchors", "score_tables", "sensitivity", "claims")
ONCE += ("study_statistics", "statistics_tables", "study_pages", "costs", "costs_page", "manifest")
OF_A_COMPARISON = ("comparison", "language_tables")  # where the design has the language of `comparison`
FOR_A_FIGURE = ("figure_{number}_data", "figure_{number}")
LANGUAGE_AT = {"evaluate_student": 3, "evaluate_model": 2}  # place of the language in the names of these tasks


def stage_of(rule: str) -> str:
    """The stage that a rule is shown under."""
    return next((stage for stage, rules in STAGES.items() if rule in rules), ANALYSIS)


def analysis_jobs(design: Design, figures: Iterable[str]) -> list[str]:
    """Rules that end a study with one job each, given the numbers of its figures."""
    once = [*ONCE, *(OF_A_COMPARISON if design.compared_models else ())]
    return [*once, *(rule.format(number=number) for number in figures for rule in FOR_A_FIGURE)]


def by_stage(design: Design, tasks: Iterable[Task], figures: Iterable[str]) -> list[dict[str, Any]]:
    """One row a stage, in the order of STAGES; the jobs that end a study come last."""
    hours = design.config["plan"]["small_job_minutes"] / 60
    tasks = [*tasks, *(Task(rule, rule, hours) for rule in analysis_jobs(design, figures))]
    rows = []
    for stage in [*STAGES, ANALYSIS]:
        own = [task for task in tasks if stage_of(task.rule) == stage]
        rows.append(
            {
                "stage": stage,
                "jobs": len(own),
                "cards_each": max((task.cards for task in own), default=0),
                "tokens_read": round(sum(task.read for task in own)),
                "tokens_written": round(sum(task.written for task in own)),
                "hours_longest": max((task.hours for task in own), default=0.0),
                "hours": sum(task.hours for task in own),
                "card_hours": sum(task.card_hours for task in own),
                "api_usd": sum(task.usd for task in own),
            }
        )
    return rows


def critical_path(tasks: Iterable[Task]) -> list[Task]:
    """The longest chain of tasks that wait for each other: what unlimited cards cannot shorten.

    Raises AssertionError where a task waits for one that no earlier task is.
    """
    ends: dict[str, float] = {}
    before: dict[str, str | None] = {}
    named = {}
    for task in tasks:
        if unknown := set(task.after) - set(ends):
            raise AssertionError(f"{task.name} waits for {sorted(unknown)[0]}, which is no task before it")
        last = max(task.after, key=lambda name: ends[name], default=None)
        ends[task.name] = task.hours + (ends[last] if last else 0.0)
        before[task.name], named[task.name] = last, task
    chain, here = [], max(ends, key=lambda name: ends[name], default=None)
    while here:
        chain.append(named[here])
        here = before[here]
    return chain[::-1]


def disk(design: Design) -> dict[str, float]:
    """Gigabytes by kind once everything is made; checkpoints are those of the jobs that train at one time."""
    planner = Planner(design)
    models, bases, settings = design.config["models"], design.config["student_bases"], planner.settings
    evaluated = [task.name.split("/")[LANGUAGE_AT[task.rule]] for task in planner.tasks() if task.rule in LANGUAGE_AT]
    held = design.config["benchmarks"]
    records = sum(held[task["benchmark"]]["items"] for language in evaluated for task in planner.items(language))
    answers = sum(planner.asked(teacher, code, trial, [method]) for teacher, code, method, trial in design.wanted)
    rows = answers + sum(size for *_, size, _ in planner.data)
    trained = [(design.base_size_b(cell.student_base), design.training(cell.student_base)) for cell in design.cells]
    checkpoints = sorted((checkpoint_gb(size_b, entry) for size_b, entry in trained), reverse=True)
    return {
        "models": sum(weights_gb(models[name]["size_b"]) for name in design.models),
        "data sets": sum(design.config["datasets"][name]["size_gb"] for name in design.datasets),
        "synthetic rows and data": rows * planner.tokens["row"] * settings["token_bytes"] / 1e9,
        "students": sum(
            design.size_b(bases[cell.student_base]["model"]) * BYTES[entry["dtype"]]
            for cell, (_, entry) in zip(design.cells, trained, strict=True)
        ),
        "checkpoints while training": sum(checkpoints[: settings["trainings_at_once"]]),
        "evaluation records": records * settings["record_kb"] / 1e6,
    }


def checkpoint_gb(size_b: float, training: dict[str, Any]) -> float:
    """One checkpoint of full training: weights and two moments; of LoRA next to nothing, 1 % of it."""
    return size_b * BYTES[training["dtype"]] * 3 * (1 if training["method"] == "full" else 0.01)


def totals(stages: Iterable[dict[str, Any]], chain: Iterable[Task], at_once: int) -> dict[str, Any]:
    """Sums over the stages, and the hours at best: `at_once` cards, or jobs where no card is used, share the work."""
    stages = list(stages)
    added = ("jobs", "tokens_read", "tokens_written", "hours", "card_hours", "api_usd")
    sums = {name: sum(row[name] for row in stages) for name in added}
    most = {name: max(row[name] for row in stages) for name in ("cards_each", "hours_longest")}
    chained = sum(task.hours for task in chain)
    best = max(chained, (sums["card_hours"] or sums["hours"]) / at_once)
    return {**sums, **most, "hours_of_chain": chained, "hours_at_best": best}


def over_budget(design: Design, tasks: Iterable[Task]) -> list[str]:
    """A sentence for each teacher behind an API whose jobs are planned to cost more than they may spend."""
    dearest: dict[str, float] = {}
    for task in tasks:
        if task.rule.startswith("generate_api"):
            teacher = task.name.split("/")[1]
            dearest[teacher] = max(dearest.get(teacher, 0.0), task.usd)
    budgets = {teacher: design.config["teachers"][teacher]["api"]["budget_usd"] for teacher in dearest}
    return [
        f"Teacher {teacher}: a job is planned at {usd:.2f} US dollars and stops at {budgets[teacher]:g} (budget_usd)."
        for teacher, usd in sorted(dearest.items())
        if usd > budgets[teacher]
    ]


def counts(tasks: Iterable[Task]) -> Counter[str]:
    """Jobs of each rule."""
    return Counter(task.rule for task in tasks)
