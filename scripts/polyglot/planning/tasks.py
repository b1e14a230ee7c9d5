"""Every job of a study that computes, with what it reads and writes in tokens, and what it waits for."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from polyglot.design import METRICS, Cell, Design
from polyglot.errors import InputError
from polyglot.methods import DIRECT, PAIRED, TRANSLATED
from polyglot.sizing import gpus_to_serve, gpus_to_train, weights_gb

OPTIONS = {"letters": 4, "preference": 2}  # answers that are scored for one item


@dataclass(frozen=True)
class Task:
    """One job. `read` and `written` are tokens; `hours` is how long it runs on `cards` cards, 0 being the CPU.

    `after` names the tasks that it waits for; `usd` is what an API charges.
    """

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

    def preparations(self) -> Iterator[Task]:
        """Seeds, benchmark items and requests."""
        benchmarks = {(task["benchmark"], code) for code in self.languages for task in self.items(code)}
        sources = {name for code in self.languages for name in self.seeds(code)}
        entries = self.config["benchmarks"]
        sources |= {entries[name]["source"] for name, _ in benchmarks if "source" in entries[name]}
        for name in sorted(sources):
            entry = self.config["sources"][name]
            yield self.small(
                "fetch_seeds", name, *([f"fetch_dataset/{entry['dataset']}"] if "dataset" in entry else [])
            )
        for name, code in sorted(benchmarks):
            after = [f"fetch_dataset/{dataset}" for dataset in self.design.benchmark_datasets(name)]
            after += [f"fetch_seeds/{entries[name]['source']}"] if "source" in entries[name] else []
            yield self.small("prepare_benchmark", f"{name}/{code}", *after)
        for code, method in sorted(self.requested()):
            yield self.small(
                "select_requests", f"{code}/{method}", *(f"fetch_seeds/{name}" for name in self.seeds(code))
            )

    def items(self, language: str) -> list[dict[str, Any]]:
        """The benchmarks that have items in a language."""
        return [task for task in self.design.tasks(language) if task["items"]]

    def seeds(self, language: str) -> list[str]:
        """Sources that the requests of a language are drawn from."""
        return [file.rpartition("/")[2].removesuffix(".parquet") for file in self.design.seed_tables(language)]

    def requested(self) -> set[tuple[str, str]]:
        """(language, method) of each table of requests; one job of a teacher takes those of all direct methods."""
        used = {(language, method) for _, language, method, _ in self.design.wanted}
        direct = {language for language, method in used if method in DIRECT}
        return used | {(language, method) for language in direct for method in self.design.direct_methods}

    def syntheses(self) -> Iterator[Task]:
        """Translations, teachers' answers, and the data sets mixed from them."""
        yield from self.translations()
        jobs: dict[tuple[str, str, int], list[str]] = {}
        for teacher, language, method, trial in sorted(self.design.wanted):
            name = f"{teacher}/{language}/{method}/{trial}"
            if method in DIRECT:
                jobs.setdefault((teacher, language, trial), []).append(method)
            elif method in PAIRED:
                yield self.small("pair_rows", name, self.source_of(language, method))
            else:
                after = (self.source_of(language, method),)
                yield self.generation(teacher, language, trial, [method], "_translated", name, after)
        for teacher, language, trial in jobs:
            after = tuple(f"select_requests/{language}/{method}" for method in self.design.direct_methods)
            yield self.generation(
                teacher, language, trial, self.design.direct_methods, "", f"{teacher}/{language}/{trial}", after
            )
        filtered = {
            (cell.teacher, cell.language, method, cell.trial)
            for cell in self.design.cells
            if self.design.is_filtered(cell.recipe)
            for method in self.config["recipes"][cell.recipe]
        }
        for key in sorted(filtered):
            name = "/".join(map(str, key))
            yield self.judging("judge_rows", name, self.design.wanted[key], (self.made_by(*key),))
            yield self.small("keep_rows", name, f"judge_rows/{name}")
        for cell in {cell.data: cell for cell in self.design.cells}.values():
            keys = [(cell.teacher, cell.language, method, cell.trial) for method in self.config["recipes"][cell.recipe]]
            kept = self.design.is_filtered(cell.recipe)
            parts = ["keep_rows/" + "/".join(map(str, key)) if kept else self.made_by(*key) for key in keys]
            yield self.small("mix", cell.data, *sorted(set(parts)))

    def translations(self) -> Iterator[Task]:
        """What NLLB translates: the requests of some methods, at the rate of a model of its size."""
        methods = sorted({(language, method) for language, method in self.requested() if method in TRANSLATED})
        if not methods:
            return
        translator = self.config["synthesis"]["translator"]
        model = self.config["translators"][translator]["model"]
        yield self.small("convert_translator", translator, self.model_task(model))
        for language, method in methods:
            after = (f"convert_translator/{translator}", f"select_requests/{language}/{method}")
            tokens = self.design.requests(language, method) * self.tokens["row"]
            size_b, name = self.design.size_b(model), f"{language}/{method}"
            task = self.loaded("translate_requests", name, after, size_b, "bfloat16", read=tokens, written=tokens)
            yield task if task.cards < 2 else replace(task, cards=1)

    def source_of(self, language: str, method: str) -> str:
        """Name of the task whose rows a method that asks no teacher about plain seeds starts from."""
        return f"{'translate_requests' if method in TRANSLATED else 'select_requests'}/{language}/{method}"

    def made_by(self, teacher: str, language: str, method: str, trial: int) -> str:
        """Name of the task that makes the rows of a method."""
        if method in PAIRED:
            return f"pair_rows/{teacher}/{language}/{method}/{trial}"
        rule = "generate_api" if "api" in self.config["teachers"][teacher] else "generate"
        if method in DIRECT:
            return f"{rule}/{teacher}/{language}/{trial}"
        return f"{rule}_translated/{teacher}/{language}/{method}/{trial}"

    def generation(
        self, teacher: str, language: str, trial: int, methods: list[str], kind: str, name: str, after: tuple[str, ...]
    ) -> Task:
        """One job of a teacher: the requests of all `methods`, answered until enough rows are valid."""
        entry, asked = self.config["teachers"][teacher], self.asked(teacher, language, trial, methods)
        read, written = (
            asked * self.tokens["request"],
            asked * min(self.tokens["answer"], entry["sampling"]["max_tokens"]),
        )
        if "api" in entry:
            api = entry["api"]
            paid = read * api["usd_per_million_input_tokens"] + written * api["usd_per_million_output_tokens"]
            hours = asked / api["requests_per_minute"] / 60
            return Task(f"generate_api{kind}", f"generate_api{kind}/{name}", hours, after, 0, read, written, paid / 1e6)
        size_b, after = self.design.size_b(entry["model"]), (self.model_task(entry["model"]), *after)
        return self.loaded(f"generate{kind}", name, after, size_b, entry["dtype"], read=read, written=written)

    def asked(self, teacher: str, language: str, trial: int, methods: Iterable[str]) -> int:
        """Requests that a teacher answers until enough rows are valid; never more than are prepared."""
        share = 1 - self.settings["rejected_share"]
        wanted = self.design.wanted_of(teacher, language, trial, methods)
        return sum(min(math.ceil(rows / share), self.design.requests(language, name)) for name, rows in wanted.items())

    def judging(self, rule: str, name: str, rows: int, after: tuple[str, ...]) -> Task:
        """The judge on so many rows."""
        judge = self.config["judges"][self.config["intrinsic"]["judge"]]
        read, written = rows * (self.tokens["row"] + self.tokens["rubric"]), rows * self.tokens["verdict"]
        after, size_b = (*after, self.model_task(judge["model"])), self.design.size_b(judge["model"])
        return self.loaded(rule, name, after, size_b, judge["dtype"], read=read, written=written)

    def metrics(self) -> Iterator[Task]:
        """Intrinsic metrics of each data set."""
        intrinsic = self.config["intrinsic"]
        embedder = self.config["embedders"][intrinsic["embedder"]]
        for _, language, _, size, data in self.data:
            yield self.small("length", data, f"mix/{data}", self.model_task(intrinsic["length_model"]))
            yield self.small("fidelity", data, f"mix/{data}")
            items = [task["benchmark"] for task in self.items(language)]
            yield self.small(
                "contamination_cell", data, f"mix/{data}", *(f"prepare_benchmark/{name}/{language}" for name in items)
            )
            rows = size * self.tokens["row"]
            after = (f"mix/{data}", self.model_task(embedder["model"]))
            size_b = self.design.size_b(embedder["model"])
            yield self.loaded("diversity", data, after, size_b, embedder["dtype"], read=rows)
            yield self.judging("judge", data, size, (f"mix/{data}",))
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
        compared = {(model, self.config["comparison"]["language"]) for model in self.design.compared_models}
        for model, language in sorted(pairs | compared | {pair for pair in teachers if pair[0]}):
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
        for task in self.items(language):
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
