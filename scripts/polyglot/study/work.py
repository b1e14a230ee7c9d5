"""The work in each job of a study, in tokens, gigabytes and requests, at the rates of the config's section `plan`."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from polyglot.core.errors import InputError
from polyglot.pretraining.pretraining_settings import padded, parameters
from polyglot.study import scoring_loads
from polyglot.study.design import SCREEN, Design
from polyglot.study.memory_ledger import Shape, Student
from polyglot.study.sizing import weights_gb
from polyglot.synthesis.methods import DIRECT

# texts that are read for an item: letters by one pass; a pair's prompt once and its two answers in both orders
TEXTS = {"letters": 1, "preference": 5, "continuation": 4}
LEAST_LIMIT = 30  # minutes: a node takes some to start, and the rates are guesses
Wildcards = dict[str, str]


@dataclass(frozen=True)
class Work:
    """The work in one job: tokens that a model of `size_b` billion parameters reads, writes and trains on.

    `minutes` are spent whatever the tokens (loading, downloading, waiting for an API); `usd` is the API's price,
    None where it is not known.
    `operations` are those of a pretraining run, whose tokens are read at the rate that they give.
    """

    minutes: float = 0.0
    size_b: float = 0.0
    read: float = 0.0
    written: float = 0.0
    trained: float = 0.0
    usd: float | None = 0.0
    operations: float = 0.0


class Estimates:
    """The work in the jobs of a design, by rule."""

    def __init__(self, design: Design) -> None:
        self.design, self.config = design, design.config
        self.settings = self.config["plan"]
        self.tokens = self.settings["tokens"]
        self.loads = scoring_loads.ScoringLoads(design)

    def work(self, rule: str, wildcards: Wildcards) -> Work:
        """The work in a job; a rule without an estimate takes the time of a small job."""
        estimate = self.by_rule.get(rule)
        return estimate(wildcards) if estimate else Work(self.settings["small_job_minutes"])

    @cached_property
    def by_rule(self) -> dict[str, Callable[[Wildcards], Work]]:
        return {
            "fetch_model": lambda w: self.download(weights_gb(self.design.size_b(w["model"]))),
            "fetch_dataset": lambda w: self.download(self.config["datasets"][w["dataset"]]["size_gb"]),
            "generate": self.answers,
            "generate_translated": self.answers,
            "generate_screened": self.answers_for_screen,
            "generate_translated_screened": self.answers_for_screen,
            "generate_api": self.paid_answers,
            "generate_api_translated": self.paid_answers,
            "translate_requests": self.translation,
            "judge_rows": self.judged,
            "judge_rows_api": self.judged_for_money,
            "embed_rows": self.embedded,
            "perplexity_rows": self.scored,
            "train": self.training,
            "pretrain": self.pretraining,
            "pretrain_on_nodes": self.pretraining,
            "evaluate_student": self.evaluation,
            "evaluate_model": self.evaluation,
        }

    def hours(self, work: Work, cards: int) -> float:
        """How long the work takes on so many cards, or on the CPU. Raises InputError for a model without rates."""
        if work.operations:
            rate = self.settings["peak_tflops"] * self.settings["peak_share"] * 1e12 * max(cards, 1)
            return work.minutes / 60 + work.operations / rate / 3600
        if not (work.read or work.written or work.trained) or not work.size_b:
            return work.minutes / 60
        rate = self.rate(work.size_b)
        seconds = work.read / rate["read"] + work.written / rate["write"] + work.trained / rate["train"]
        return work.minutes / 60 + seconds / max(cards, 1) / 3600

    def limit(self, rule: str, wildcards: Wildcards, cards: int) -> float:
        """Minutes that a job is given at its first attempt: twice its planned time, and no less than half an hour."""
        return max(LEAST_LIMIT, 2 * 60 * self.hours(self.work(rule, wildcards), cards))

    def rate(self, size_b: float) -> dict[str, float]:
        """Tokens a second of one card, for a model of `size_b` billion parameters. Raises InputError."""
        rows = [row for row in self.settings["throughput"] if row["up_to_b"] >= size_b]
        if not rows:
            raise InputError(f"plan.throughput: no row for a model of {size_b:g} billion parameters; add one")
        return min(rows, key=lambda row: row["up_to_b"])

    def loaded(self, size_b: float, **tokens: float) -> Work:
        """The work in a job that loads a model into an engine, or trains it and writes it."""
        minutes = self.rate(size_b).get("load", self.settings["load_minutes"])
        return Work(minutes, size_b, **tokens)

    def download(self, gb: float) -> Work:
        return Work(gb * 1000 / self.settings["download_mb_per_s"] / 60)

    def asked(self, teacher: str, language: str, trial: int, methods: Iterable[str]) -> int:
        """Requests that a teacher answers until enough rows are valid; never more than are prepared."""
        share = 1 - self.settings["rejected_share"]
        wanted = self.design.wanted_of(teacher, language, trial, methods)
        return sum(min(math.ceil(rows / share), self.design.requests(language, name)) for name, rows in wanted.items())

    def _answers(self, wildcards: Wildcards) -> tuple[int, float, float]:
        """Requests of a teacher's job, tokens read and written; it has the method or the trial that it is of alone.

        An engine reads what several trials ask once.
        """
        entry = self.config["teachers"][wildcards["teacher"]]
        methods = (
            [wildcards["method"]] if "method" in wildcards else [name for name in self.design.methods if name in DIRECT]
        )
        trials = [int(wildcards["trial"])] if "trial" in wildcards else self.design.all_trials
        teacher, language = wildcards["teacher"], wildcards["language"]
        by_method = [[self.asked(teacher, language, trial, [method]) for trial in trials] for method in methods]
        asked, distinct = sum(map(sum, by_method)), sum(map(max, by_method))
        longest = min(self.tokens["answer"], entry["sampling"]["max_tokens"])
        return asked, distinct * self.tokens["request"], asked * longest

    def answers(self, wildcards: Wildcards) -> Work:
        _, read, written = self._answers(wildcards)
        model = self.config["teachers"][wildcards["teacher"]]["model"]
        return self.loaded(self.design.size_b(model), read=read, written=written)

    def answers_for_screen(self, wildcards: Wildcards) -> Work:
        return self.answers(wildcards | {"trial": str(SCREEN)})

    def paid_answers(self, wildcards: Wildcards) -> Work:
        return self._paid(self.config["teachers"][wildcards["teacher"]]["api"], *self._answers(wildcards))

    def _paid(self, api: dict[str, Any], asked: int, read: float, written: float) -> Work:
        """The work of so many requests to an API, and what it costs."""
        usd = None
        if "usd_per_million_input_tokens" in api:
            usd = read * api["usd_per_million_input_tokens"] + written * api["usd_per_million_output_tokens"]
            usd *= api.get("batch", {}).get("price", 1) / 1e6
        minutes = asked / api["requests_per_minute"]
        if batch := api.get("batch"):
            # a job waits as long as it may, and its time limit, twice its planned time, leaves it time to say so
            minutes = (batch["patience_s"] / 60 + LEAST_LIMIT) / 2
        return Work(minutes, read=read, written=written, usd=usd)

    def translation(self, wildcards: Wildcards) -> Work:
        model = self.config["translators"][self.config["synthesis"]["translator"]]["model"]
        tokens = self.design.requests(wildcards["language"], wildcards["method"]) * self.tokens["row"]
        return self.loaded(self.design.size_b(model), read=tokens, written=tokens)

    def judged(self, wildcards: Wildcards) -> Work:
        """The rows of a judge's job; what its questions begin with an engine reads once (`share_beginning`)."""
        model = self.config["judges"][wildcards["judge"]]["model"]
        rows, written = self._verdicts(wildcards)
        read = self.tokens["rubric_before"] + rows * (self.tokens["row"] + self.tokens["rubric_after"])
        return self.loaded(self.design.size_b(model), read=read, written=written)

    def judged_for_money(self, wildcards: Wildcards) -> Work:
        rows, written = self._verdicts(wildcards)
        read = rows * (self.tokens["rubric_before"] + self.tokens["row"] + self.tokens["rubric_after"])
        return self._paid(self.config["judges"][wildcards["judge"]]["api"], rows, read, written)

    def _verdicts(self, wildcards: Wildcards) -> tuple[int, float]:
        """Rows that a judge's job asks about, and the tokens that it writes."""
        rows = self.loads.rows(scoring_loads.judge(wildcards["judge"]), wildcards["load"])
        return rows, rows * self.tokens["verdict"]

    def embedded(self, wildcards: Wildcards) -> Work:
        model = self.config["embedders"][self.config["intrinsic"]["embedder"]]["model"]
        rows = self.loads.rows(scoring_loads.EMBEDDINGS, wildcards["load"])
        return self.loaded(self.design.size_b(model), read=rows * self.tokens["row"])

    def scored(self, wildcards: Wildcards) -> Work:
        size_b = self.design.base_size_b(wildcards["student_base"])
        scorer, load = scoring_loads.likelihoods(wildcards["student_base"]), wildcards["load"]
        # rows that are screened by are shown before people's answers, which are as long, and read without the prompt
        screened = self.loads.screened(scorer, load)
        twice = 2 * self.config["screening"]["one_shot"] * screened
        alone = screened * min(self.tokens["row"], self.tokens["answer"])
        return self.loaded(size_b, read=(self.loads.rows(scorer, load) + twice) * self.tokens["row"] + alone)

    def training(self, wildcards: Wildcards) -> Work:
        base = wildcards["student_base"]
        tokens = int(wildcards["size"]) * self.tokens["row"] * self.design.training(base)["epochs"]
        return self.loaded(self.design.base_size_b(base), trained=tokens)

    def student(self, base: str) -> Student:
        """What the memory of training a base depends on; its largest batch is the longest row, or rows as planned."""
        entry, training = self.config["models"][self.config["student_bases"][base]["model"]], self.design.training(base)
        rows = training["batch_size"] / training["gradient_accumulation_steps"]
        shape = Shape(**entry["shape"]) if "shape" in entry else Shape.of_size(entry["size_b"])
        longest = min(training["max_length"], shape.context or training["max_length"])
        tokens = max(longest, round(rows * self.tokens["row"]))
        return Student(entry["size_b"], shape, training["method"], training["dtype"], tokens)

    def pretraining(self, wildcards: Wildcards) -> Work:
        """A run's 6 operations for each parameter and token."""
        size_b, tokens = self.pretrained(wildcards["run"]).size_b, self.pretrained_tokens(wildcards["run"])
        return Work(self.settings["load_minutes"], size_b, trained=tokens, operations=6 * size_b * 1e9 * tokens)

    def pretrained_tokens(self, run: str) -> float:
        """Tokens that a run reads; of one that is given bytes, as many as these are planned to be."""
        entry = self.config["pretraining"]["runs"][run]
        return entry["tokens"] if "tokens" in entry else entry["bytes"] / self.settings["token_bytes"]

    def pretrained(self, run: str) -> Student:
        """What the memory of a pretraining run depends on."""
        entry = self.config["pretraining"]["runs"][run]
        tokenizer = self.config["tokenizers"][entry["tokenizer"]]
        rows = padded(tokenizer["vocabulary"], tokenizer["padded_to"])
        shape = Shape(entry["layers"], entry["width"], 4 * entry["width"], rows)
        tokens = entry["sequences_at_once"] * entry["context"]
        size_b = parameters(entry["layers"], entry["width"], rows) / 1e9
        return Student(size_b, shape, "full", entry["dtype"], tokens)

    def evaluation(self, wildcards: Wildcards) -> Work:
        """All benchmarks of a model or student in a language, or in all of the study's, on one engine load."""
        read = written = 0.0
        longest = self.config["evaluation"]["max_model_len"]
        languages = [wildcards["language"]] if "language" in wildcards else self.design.languages_at_once
        for task in (task for language in languages for task in self.design.tasks(language)):
            if not task["items"]:
                continue
            entry = self.config["benchmarks"][task["benchmark"]]
            item, items, shots = self.tokens["item"], entry["items"], entry["shots"] * self.tokens["item"]
            if entry["formulation"] == "generate":
                read += shots + items * item  # all items have the same shots, read once (`share_beginning`)
            else:
                read += items * min(item + shots, longest) * TEXTS.get(entry["formulation"], 1)
            written += items * entry.get("max_gen_toks", 0)
        base = wildcards.get("student_base")
        size_b = self.design.base_size_b(base) if base else self.design.size_b(wildcards["model"])
        return self.loaded(size_b, read=read, written=written)


def asked_of(wildcards: Wildcards) -> str:
    """Who answers a job's paid calls, as the key of its entry in the config."""
    return f"judges.{wildcards['judge']}" if "judge" in wildcards else f"teachers.{wildcards['teacher']}"


def summed(usd: Iterable[float | None]) -> float | None:
    """A sum of prices; None where one of them is not known."""
    prices = list(usd)
    return None if None in prices else sum(prices)


def about_money(config: dict[str, Any], usd: Iterable[tuple[str, float | None]]) -> list[str]:
    """A sentence for each entry (`asked_of`) whose jobs cost more together than its budget, or nobody knows how much.

    `usd` gives the price of each job with its entry.
    """
    prices: dict[str, list[float | None]] = {}
    for key, price in usd:
        prices.setdefault(key, []).append(price)
    sentences = []
    for key, own in sorted(prices.items()):
        kind, _, name = key.partition(".")
        who, total = f"{kind.removesuffix('s').capitalize()} {name}", summed(own)
        if total is None:
            sentences.append(
                f"{who}: what its answers cost is not known, and nothing limits it; give its prices and budget_usd."
            )
        elif total > (budget := config[kind][name]["api"]["budget_usd"]):
            sentences.append(f"{who}: its jobs are planned at {total:.2f} US dollars; its budget_usd is {budget:g}.")
    return sentences
