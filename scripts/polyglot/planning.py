"""What a study will cost, from its config alone: jobs, tokens, card hours, money, disk, and the longest chain of jobs.

`tasks_of` lists every job that computes, with what it reads and writes in tokens; a task's `after` names what it waits
for. Everything else is sums over that list. The assumptions are the section `plan` of the config.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from polyglot.design import METRICS, Cell, Design
from polyglot.errors import InputError
from polyglot.sizing import BYTES, gpus_to_serve, gpus_to_train, weights_gb

# the stages as the plan shows them, and the rules of each
STAGES = {
    "fetch": ("fetch_model", "fetch_dataset", "prepare_model"),
    "seeds": ("fetch_seeds",),
    "benchmarks": ("prepare_benchmark",),
    "requests": ("select_requests",),
    "generate": ("generate", "generate_api"),
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
FOR_A_FIGURE = ("figure_{number}_data", "figure_{number}")
OPTIONS = {"letters": 4, "preference": 2}  # answers that are scored for one item


@dataclass(frozen=True)
class Task:
    """One job. `read` and `written` are tokens; `hours` is how long it runs on `cards` cards, 0 being the CPU."""

    rule: str
    name: str
    hours: float
    after: tuple[str, ...] = ()
    cards: int = 0
    read: float = 0.0
    written: float = 0.0
    usd: float = 0.0

    @property
    def card_hours(self) -> float:
        """Hours times cards."""
        return self.hours * self.cards


class Planner:
    """The tasks of a study. Names are the rule and its wildcards, as in the rules' own paths."""

    def __init__(self, design: Design) -> None:
        self.design, self.config = design, design.config
        self.settings: dict[str, Any] = self.config["plan"]
        self.tokens: dict[str, float] = self.settings["tokens"]
        self.languages = sorted({cell.language for cell in design.cells})
        self.data = sorted({(cell.teacher, cell.language, cell.trial, cell.size, cell.data) for cell in design.cells})

    def tasks(self) -> list[Task]:
        """Every task, none before one that it waits for."""
        return [
            *self.fetches(),
            *self.preparations(),
            *self.syntheses(),
            *self.metrics(),
            *self.students(),
            *self.models(),
        ]

    def small(self, rule: str, name: str, *after: str) -> Task:
        """A task of seconds or few minutes without a model."""
        return Task(rule, f"{rule}/{name}", self.settings["small_job_minutes"] / 60, after)

    def loaded(
        self,
        rule: str,
        name: str,
        after: tuple[str, ...],
        size_b: float,
        dtype: str,
        *,
        read: float,
        written: float = 0.0,
    ) -> Task:
        """A task that loads a model into the engine, reads tokens and writes tokens."""
        cards = gpus_to_serve(size_b, dtype) if self.config["device"] == "cuda" else 0
        rate = self.rate(size_b)
        busy = (read / rate["read"] + written / rate["write"]) / max(cards, 1) / 3600
        return Task(rule, f"{rule}/{name}", self.settings["load_minutes"] / 60 + busy, after, cards, read, written)

    def rate(self, size_b: float) -> dict[str, float]:
        """Tokens a second of one card, for a model of `size_b` billion parameters. Raises InputError."""
        rows = [row for row in self.settings["throughput"] if row["up_to_b"] >= size_b]
        if not rows:
            raise InputError(f"plan.throughput: no row for a model of {size_b:g} billion parameters; add one")
        return min(rows, key=lambda row: row["up_to_b"])

    def fetches(self) -> Iterator[Task]:
        """Models and data sets."""
        for model in self.design.models:
            entry = self.config["models"][model]
            if "hub" in entry:
                yield self.download("fetch_model", model, weights_gb(entry["size_b"]))
            else:
                yield self.small("prepare_model", model)
        for dataset in self.design.datasets:
            yield self.download("fetch_dataset", dataset, self.config["datasets"][dataset]["size_gb"])

    def download(self, rule: str, name: str, gb: float) -> Task:
        """A download at the assumed rate."""
        return Task(rule, f"{rule}/{name}", gb * 1000 / self.settings["download_mb_per_s"] / 3600)

    def model_task(self, model: str) -> str:
        """Name of the task that makes a model's folder."""
        return f"{'fetch_model' if 'hub' in self.config['models'][model] else 'prepare_model'}/{model}"

    def dataset_task(self, entry: dict[str, Any]) -> tuple[str, ...]:
        """Name of the task that fetches what a source or benchmark reads."""
        return (f"fetch_dataset/{entry['dataset']}",) if "dataset" in entry else ()

    def preparations(self) -> Iterator[Task]:
        """Seeds, benchmark items and requests."""
        tasks = [(code, task) for code in self.languages for task in self.design.tasks(code) if task["items"]]
        benchmarks = sorted({(task["benchmark"], code) for code, task in tasks})
        sources = {
            file.rpartition("/")[2].removesuffix(".parquet") for code in self.languages for file in self.seeds(code)
        }
        sources |= {
            entry["source"]
            for entry in (self.config["benchmarks"][name] for name, _ in benchmarks)
            if "source" in entry
        }
        for name in sorted(sources):
            yield self.small("fetch_seeds", name, *self.dataset_task(self.config["sources"][name]))
        for name, code in benchmarks:
            entry = self.config["benchmarks"][name]
            source = (f"fetch_seeds/{entry['source']}",) if "source" in entry else ()
            yield self.small("prepare_benchmark", f"{name}/{code}", *self.dataset_task(entry), *source)
        for code in self.languages:
            after = [f"fetch_seeds/{file.rpartition('/')[2].removesuffix('.parquet')}" for file in self.seeds(code)]
            for method in self.design.methods:
                yield self.small("select_requests", f"{code}/{method}", *after)

    def seeds(self, language: str) -> list[str]:
        """Seed tables that the requests of a language are drawn from."""
        return self.design.seed_tables(language)

    def syntheses(self) -> Iterator[Task]:
        """Teachers' answers and the data sets mixed from them."""
        for teacher, language, trial in sorted({(row[0], row[1], row[2]) for row in self.data}):
            asked = self.asked(teacher, language)
            requests = tuple(f"select_requests/{language}/{method}" for method in self.design.methods)
            entry, name = self.config["teachers"][teacher], f"{teacher}/{language}/{trial}"
            written = asked * min(self.tokens["answer"], entry["sampling"]["max_tokens"])
            read = asked * self.tokens["request"]
            if "api" in entry:
                api = entry["api"]
                paid = read * api["usd_per_million_input_tokens"] + written * api["usd_per_million_output_tokens"]
                hours = asked / api["requests_per_minute"] / 60
                yield Task("generate_api", f"generate_api/{name}", hours, requests, 0, read, written, paid / 1e6)
            else:
                size_b = self.design.size_b(entry["model"])
                after = (self.model_task(entry["model"]), *requests)
                yield self.loaded("generate", name, after, size_b, entry["dtype"], read=read, written=written)
        for teacher, language, trial, _, data in self.data:
            rule = "generate_api" if "api" in self.config["teachers"][teacher] else "generate"
            yield self.small("mix", data, f"{rule}/{teacher}/{language}/{trial}")

    def asked(self, teacher: str, language: str) -> int:
        """Requests that a teacher answers until enough rows are valid; never more than are prepared."""
        share = 1 - self.settings["rejected_share"]
        wanted = self.design.wanted_of(teacher, language)
        return sum(min(math.ceil(rows / share), self.design.requests(language, name)) for name, rows in wanted.items())

    def metrics(self) -> Iterator[Task]:
        """Intrinsic metrics of each data set."""
        intrinsic = self.config["intrinsic"]
        judge, embedder = self.config["judges"][intrinsic["judge"]], self.config["embedders"][intrinsic["embedder"]]
        for _, language, _, size, data in self.data:
            yield self.small("length", data, f"mix/{data}", self.model_task(intrinsic["length_model"]))
            yield self.small("fidelity", data, f"mix/{data}")
            items = [task["benchmark"] for task in self.design.tasks(language) if task["items"]]
            yield self.small(
                "contamination_cell", data, f"mix/{data}", *(f"prepare_benchmark/{name}/{language}" for name in items)
            )
            rows = size * self.tokens["row"]
            after = (f"mix/{data}", self.model_task(embedder["model"]))
            size_b = self.design.size_b(embedder["model"])
            yield self.loaded("diversity", data, after, size_b, embedder["dtype"], read=rows)
            after = (f"mix/{data}", self.model_task(judge["model"]))
            read, written = rows + size * self.tokens["rubric"], size * self.tokens["verdict"]
            size_b = self.design.size_b(judge["model"])
            yield self.loaded("judge", data, after, size_b, judge["dtype"], read=read, written=written)
        for teacher, language in sorted({row[:2] for row in self.data}):
            judged = [f"judge/{row[-1]}" for row in self.data if row[:2] == (teacher, language)]
            yield self.small("sample_rows", f"{teacher}/{language}", *judged)
        for base, size, data in sorted({(cell.student_base, cell.size, cell.data) for cell in self.design.cells}):
            after = (f"mix/{data}", self.model_task(self.config["student_bases"][base]["model"]))
            read = size * self.tokens["row"]
            size_b, dtype = self.design.base_size_b(base), intrinsic["dtype"]
            yield self.loaded("perplexity", f"{base}/{data}", after, size_b, dtype, read=read)

    def students(self) -> Iterator[Task]:
        """Training and evaluation of every student."""
        for cell in self.design.cells:
            name, model = f"{cell.student_base}/{cell.data}", self.config["student_bases"][cell.student_base]["model"]
            yield self.training(cell, (f"mix/{cell.data}", self.model_task(model)))
            yield self.small("plot_loss", name, f"train/{name}")
            yield self.evaluation("evaluate_student", name, f"train/{name}", cell.language, self.design.size_b(model))

    def training(self, cell: Cell, after: tuple[str, ...]) -> Task:
        """Training of one student."""
        settings, size_b = self.design.training(cell.student_base), self.design.base_size_b(cell.student_base)
        cards = gpus_to_train(size_b, settings["method"]) if self.config["device"] == "cuda" else 0
        tokens = cell.size * self.tokens["row"] * settings["epochs"]
        hours = self.settings["load_minutes"] / 60 + tokens / self.rate(size_b)["train"] / max(cards, 1) / 3600
        return Task("train", f"train/{cell.student_base}/{cell.data}", hours, after, cards, tokens)

    def models(self) -> Iterator[Task]:
        """Evaluation of bases, references and teachers, then the tables of measurements."""
        bases = self.config["student_bases"]
        pairs = {
            (bases[cell.student_base][way], cell.language)
            for cell in self.design.cells
            for way in ("model", "reference")
        }
        teachers = {(self.config["teachers"][cell.teacher].get("model"), cell.language) for cell in self.design.cells}
        for model, language in sorted(pairs | {pair for pair in teachers if pair[0]}):
            task = self.model_task(model)
            yield self.evaluation("evaluate_model", f"{model}/{language}", task, language, self.design.size_b(model))
        collected = sorted({(cell.student_base, cell.language) for cell in self.design.cells})
        for base, language in collected:
            cells = [cell for cell in self.design.cells_of(base, language)]
            students = [f"evaluate_student/{base}/{cell.data}" for cell in cells]
            judged = [f"{metric}/{cell.data}" for cell in cells for metric in METRICS]
            scored = [f"perplexity/{base}/{cell.data}" for cell in cells]
            anchors = [f"evaluate_model/{bases[base][way]}/{language}" for way in ("model", "reference")]
            yield self.small("collect", f"{base}/{language}", *students, *judged, *scored, *anchors)
        yield self.small("measurements", "all", *(f"collect/{base}/{language}" for base, language in collected))

    def evaluation(self, rule: str, name: str, model_task: str, language: str, size_b: float) -> Task:
        """All benchmarks of a model or student in a language, on one engine load."""
        read = written = 0.0
        items = []
        for task in self.design.tasks(language):
            if task["items"]:
                entry = self.config["benchmarks"][task["benchmark"]]
                asked = entry["items"] * self.tokens["item"] * (1 + entry["shots"])
                read += asked * OPTIONS.get(entry["formulation"], 1)
                written += entry["items"] * entry.get("max_gen_toks", 0)
                items.append(f"prepare_benchmark/{task['benchmark']}/{language}")
        after = (model_task, *items)
        return self.loaded(rule, name, after, size_b, self.config["evaluation"]["dtype"], read=read, written=written)


def tasks_of(design: Design) -> list[Task]:
    """Every job up to the measurements, each after those that it waits for."""
    return Planner(design).tasks()


def stage_of(rule: str) -> str:
    """The stage that a rule is shown under."""
    return next((stage for stage, rules in STAGES.items() if rule in rules), ANALYSIS)


def analysis_jobs(figures: Iterable[str]) -> list[str]:
    """Rules that end a study with one job each, given the numbers of its figures."""
    return [*ONCE, *(rule.format(number=number) for number in figures for rule in FOR_A_FIGURE)]


def by_stage(tasks: Iterable[Task], figures: Iterable[str], minutes: float) -> list[dict[str, Any]]:
    """One row a stage, in the order of STAGES; the jobs that end a study, of `minutes` each, come last."""
    tasks = [*tasks, *(Task(rule, rule, minutes / 60) for rule in analysis_jobs(figures))]
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
    evaluated = sum(task.rule in ("evaluate_student", "evaluate_model") for task in planner.tasks()) * len(
        design.benchmarks
    )
    answers = sum(planner.asked(row[0], row[1]) for row in {row[:3] for row in planner.data})
    rows = answers + sum(size for *_, size, _ in planner.data)
    trained = [(design.base_size_b(cell.student_base), design.training(cell.student_base)) for cell in design.cells]
    checkpoints = sorted((checkpoint_gb(size_b, entry) for size_b, entry in trained), reverse=True)
    items = max((design.config["benchmarks"][name]["items"] for name in design.benchmarks), default=0)
    return {
        "models": sum(weights_gb(models[name]["size_b"]) for name in design.models),
        "data sets": sum(design.config["datasets"][name]["size_gb"] for name in design.datasets),
        "synthetic rows and data": rows * planner.tokens["row"] * settings["token_bytes"] / 1e9,
        "students": sum(
            design.size_b(bases[cell.student_base]["model"]) * BYTES[entry["dtype"]]
            for cell, (_, entry) in zip(design.cells, trained, strict=True)
        ),
        "checkpoints while training": sum(checkpoints[: settings["trainings_at_once"]]),
        "evaluation records": evaluated * items * settings["record_kb"] / 1e6,
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
        if task.rule == "generate_api":
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
