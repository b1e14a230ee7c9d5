"""What the rules ask of a study: inputs, settings and resources as functions of a job's wildcards.

Functions take Snakemake's `wildcards`, `input`, `output`, `resources` and `attempt` by these names, which is how
Snakemake knows what to pass.
"""

import inspect
import math
import re
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from polyglot.core.adapter import adapters
from polyglot.core.identity import derive_seed
from polyglot.core.provenance import machine
from polyglot.study import sizing
from polyglot.study.code import code, files_below
from polyglot.study.commands import accelerate, option, text
from polyglot.study.config import ADAPTERS, Config
from polyglot.study.design import Design
from polyglot.study.disk import training_gb
from polyglot.study.measured_rates import measured
from polyglot.study.memory_ledger import cards_to_train
from polyglot.study.work import Estimates

Wildcards = Any
Resources = dict[str, Any]

# the path of a data set and of a student below a folder of the study
DATA = "{teacher}/{language}/{recipe}-{size}/trial{trial}"
STUDENT = f"{{student_base}}/{DATA}"

SMALL: Resources = {"mem_mb": 1000, "runtime": 5}  # of a job that takes seconds, beside Snakemake itself


def any_of(names: Iterable[str]) -> str:
    """A wildcard constraint: one of `names`; matches nothing if empty."""
    return "|".join(re.escape(name) for name in sorted(names)) or "(?!)"


def signed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function with its signature at hand: Snakemake asks for it once a job, which took a tenth of a dry run."""
    function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return function


def growing(mem_mb: float, minutes: float) -> Resources:
    """Host memory that grows by half of `mem_mb`, and a time limit that doubles, with each attempt."""
    return {
        "mem_mb": lambda wildcards, attempt: sizing.memory_mb(mem_mb, attempt),
        "runtime": lambda wildcards, attempt: sizing.minutes(minutes, attempt),
    }


def place_with_cards(site: Config) -> Resources:
    """Where SLURM runs a job with cards: on one node and as one task, whose program starts its own processes.

    By default the executor plugin asks for a task a card, and a program may then run several times, with one card each
    (issues 316 and 459 of the plugin): 0 asks for no such tasks. Without `nodes`, SLURM takes free cards of several.
    """
    partition = {"slurm_partition": site["partitions"]["gpu"]} if site["partitions"] else {}
    model = {"gpu_model": site["cards"]["model"]} if site["cards"]["model"] else {}
    return {"nodes": 1, "tasks_per_gpu": 0, **partition, **model}


class Views:
    """A study as its rules see it, on a site (as `read_site` gives it)."""

    def __init__(self, design: Design, site: Config) -> None:
        self.design, self.config = design, design.config
        self.folder, self.study = design.folder, self.config["study"]
        self.cards = {"card_gb": site["cards"]["memory_gb"], "per_node": site["cards"]["per_node"]}
        self.on_cards, self.card_model = self.config["device"] == "cuda", site["cards"]["model"]
        self.place = place_with_cards(site) if self.on_cards else {}
        self.estimates = Estimates(design)

    # resources

    @cached_property
    def servers(self) -> dict[str, list[tuple[str, str]]]:
        """Resource of the whole workflow → what is behind an API that it stands for, or two spelled alike.

        These are wildcards, ("teacher", name) or ("judge", name). One job at a time keeps the entry's rate limit, and
        loses nothing: the limit is the server's. Batches have none, and wait side by side.
        """
        teachers = {cell.teacher for cell in self.design.cells} & set(self.design.api_teachers)
        judges = set(self.design.judges) & set(self.design.api_judges) if self.design.cells else set()
        by_name: dict[str, list[tuple[str, str]]] = {}
        for kind, names in (("teacher", teachers), ("judge", judges)):
            for name in sorted(names):
                if "batch" not in self.config[f"{kind}s"][name]["api"]:
                    resource = f"api_{'' if kind == 'teacher' else 'judge_'}{re.sub(r'[^a-z0-9]', '_', name)}"
                    by_name.setdefault(resource, []).append((kind, name))
        return by_name

    def served(self, rule: str, entry_of: Callable[[Wildcards], Config]) -> Resources:
        """Resources of a job of `rule` that loads the model of `entry_of(wildcards)`, with `model` and `dtype`."""

        def size(wildcards: Wildcards) -> tuple[float, str]:
            entry = entry_of(wildcards)
            return self.design.size_b(entry["model"]), entry["dtype"]

        def cards(wildcards: Wildcards) -> int:
            return sizing.gpus_to_serve(*size(wildcards), **self.cards) if self.on_cards else 0

        return {
            **self.place,
            "gpu": signed(cards),
            "mem_mb": signed(lambda wildcards, attempt: sizing.serving_memory_mb(*size(wildcards), attempt)),
            "runtime": self.limited(rule, cards),
        }

    def trained(self, rule: str) -> Resources:
        """Resources of a job of `rule`, which trains a student."""

        def size(wildcards: Wildcards) -> tuple[float, str]:
            base = wildcards.student_base
            return self.design.base_size_b(base), self.design.training(base)["method"]

        def cards(wildcards: Wildcards) -> int:
            student = self.estimates.student(wildcards.student_base)
            return cards_to_train(student, **self.cards) if self.on_cards else 0

        def disk_gb(wildcards: Wildcards, attempt: int) -> int:
            base = wildcards.student_base
            minutes = limit(wildcards, attempt)  # the longer it may take, the more checkpoints it may hold
            return math.ceil(training_gb(self.design.base_size_b(base), self.design.training(base), minutes))

        limit = self.limited(rule, cards)
        return {
            **self.place,
            "gpu": signed(cards),
            "mem_mb": signed(lambda wildcards, attempt: sizing.training_memory_mb(*size(wildcards), attempt)),
            "retried": signed(lambda wildcards, attempt: attempt - 1),
            "students_gb": signed(disk_gb),
            "runtime": limit,
        }

    def asked(self, rule: str, mem_mb: float) -> Resources:
        """Resources of a job of `rule`, which waits for a server; a server has one job at a time (`servers`)."""
        turns = {
            name: signed(
                lambda wildcards, behind=behind: int(any(getattr(wildcards, kind, None) == own for kind, own in behind))
            )
            for name, behind in self.servers.items()
        }
        return growing(mem_mb, 0) | turns | {"runtime": self.limited(rule, lambda wildcards: 0)}

    def limited(self, rule: str, cards: Callable[[Wildcards], int]) -> Callable[..., int]:
        """The time limit of a job of `rule`, from its planned work; it doubles with each attempt."""
        return signed(
            lambda wildcards, attempt: sizing.minutes(
                self.estimates.limit(rule, dict(wildcards.items()), cards(wildcards)), attempt
            )
        )

    def fetched(self, mem_mb: float) -> Resources:
        """Resources of a job that fetches a model."""
        return {
            "mem_mb": signed(lambda wildcards, attempt: sizing.memory_mb(mem_mb, attempt)),
            "runtime": signed(lambda wildcards, attempt: self._minutes_to_copy(wildcards.model, attempt)),
        }

    def converted(self, model_of: Callable[[Wildcards], str]) -> Resources:
        """Resources of a job that converts the model `model_of(wildcards)` in float32 on the host."""
        size_b = self.design.size_b
        return {
            "mem_mb": lambda wildcards, attempt: sizing.serving_memory_mb(
                size_b(model_of(wildcards)), "float32", attempt
            ),
            "runtime": signed(lambda wildcards, attempt: self._minutes_to_copy(model_of(wildcards), attempt)),
        }

    def _minutes_to_copy(self, model: str, attempt: int) -> int:
        return sizing.minutes(30 + 4 * self.design.size_b(model), attempt)

    def on_one_card(self, rule: str, model: str) -> Resources:
        """Resources of a job of `rule`, whose engine cannot share a model between cards."""
        size_b = self.design.size_b(model)
        return {
            **self.place,
            "gpu": int(self.on_cards),
            "mem_mb": signed(lambda wildcards, attempt: sizing.serving_memory_mb(size_b, "bfloat16", attempt)),
            "runtime": self.limited(rule, lambda wildcards: int(self.on_cards)),
        }

    def measured(self, wildcards: Wildcards) -> list[Config]:
        """The rates that finished jobs show on what this study runs on."""
        kind = (self.card_model or "") if self.on_cards else machine(1)["cpu"]
        return measured(self.config, Path("config.yaml"), self.on_cards, kind)

    # entries of the config

    def source(self, wildcards: Wildcards) -> Config:
        return self.config["sources"][wildcards.source]

    def benchmark(self, wildcards: Wildcards) -> Config:
        return self.config["benchmarks"][wildcards.benchmark]

    def tasks(self, wildcards: Wildcards) -> list[str]:
        """The task of a benchmark whose adapter has several."""
        entry = self.benchmark(wildcards)
        return [entry["task"]] if "task" in entry else []

    def benchmark_documents(self, wildcards: Wildcards) -> list[str]:
        """The kept texts of the corpus whose held-out documents become a benchmark's items."""
        corpus = self.benchmark(wildcards).get("corpus")
        shards = range(self.config["corpora"][corpus]["shards"]) if corpus else []
        return [f"{self.folder}/corpora/{corpus}/kept/{number:05d}.parquet" for number in shards]

    def documents_options(self, wildcards: Wildcards, input: Any) -> str:
        """The option that names them, and the share that is held out."""
        if not input.documents:
            return ""
        percent = self.config["pretraining"]["held_out_percent"]
        return f"{option('--documents', input.documents)} --held-out-percent {percent}"

    def teacher(self, wildcards: Wildcards) -> Config:
        return self.config["teachers"][wildcards.teacher]

    def language_name(self, wildcards: Wildcards) -> str:
        return self.config["languages"][wildcards.language]["name"]

    def evaluated(self, wildcards: Wildcards) -> Config:
        """The model that an evaluation loads and its precision: of a model by its name, else of the student's base."""
        base = getattr(wildcards, "student_base", None)
        model = self.config["student_bases"][base]["model"] if base else wildcards.model
        return {"model": model, "dtype": self.config["evaluation"]["dtype"]}

    @property
    def languages_at_once(self) -> list[str]:
        """The languages of one evaluation of a model, as they stand in the paths of its results."""
        return self.design.languages_at_once or ["{language}"]

    def languages_asked(self, wildcards: Wildcards) -> list[str]:
        """The languages of an evaluation: that of a student, or of a model's results; else those at once."""
        language = getattr(wildcards, "language", None)
        return [language] if language else self.design.languages_at_once

    def items_asked(self, wildcards: Wildcards) -> list[str]:
        """The items of an evaluation's benchmarks, and their examples."""
        return [file for language in self.languages_asked(wildcards) for file in self.design.task_files(language)]

    def benchmarks_asked(self, wildcards: Wildcards) -> str:
        """The benchmarks of an evaluation, in each of its languages."""
        return " ".join(text(self.design.tasks(language)) for language in self.languages_asked(wildcards))

    def scored_by(self, wildcards: Wildcards) -> Config:
        """The student base that scores perplexity, and its precision."""
        model = self.config["student_bases"][wildcards.student_base]["model"]
        return {"model": model, "dtype": self.config["intrinsic"]["dtype"]}

    def judge(self, wildcards: Wildcards) -> Config:
        return self.config["judges"][wildcards.judge]

    def judge_score(self, name: str) -> Config:
        """What the score of a judge's answers depends on, as params of a rule that takes it."""
        entry = self.config["judges"][name]
        # what a server answers is of any length
        longest = "" if "api" in entry else option("--max-tokens", [entry["max_tokens"]])
        settings = {"style": entry["style"], "longest": longest}
        return {"judge": name, **settings, "invalid_limit": entry["invalid_rate_limit"]}

    def translator(self, wildcards: Wildcards) -> Config:
        return self.config["translators"][wildcards.translator]

    def flores(self, language: str) -> str:
        """FLORES-200 code of a language; the config is refused at parse where a cell needs one that is missing."""
        return self.config["languages"].get(language, {}).get("flores", "")

    # inputs

    def adapter(self, kind: str) -> dict[str, Callable[[Wildcards], list[str]]]:
        """Inputs of a rule that runs an adapter of `kind` ("sources" or "benchmarks"): its code and its resources."""

        def name(wildcards: Wildcards) -> str:
            return self.config[kind][getattr(wildcards, kind.removesuffix("s"))]["adapter"]

        return {
            "adapter": lambda wildcards: code(f"{ADAPTERS[kind].removeprefix('polyglot.')}.{name(wildcards)}"),
            "resources": lambda wildcards: [
                file
                for folder in adapters(ADAPTERS[kind])[name(wildcards)].folders
                for file in files_below(f"resources/{folder}")
            ],
        }

    def source_dataset(self, wildcards: Wildcards) -> list[str]:
        """The fetched data set of a source, or the user's file."""
        entry = self.source(wildcards)
        if "path" in entry:
            return [entry["path"]]
        return [f"{self.folder}/datasets/{entry['dataset']}"] if "dataset" in entry else []

    def benchmark_seeds(self, wildcards: Wildcards) -> list[str]:
        sources = self.design.benchmark_sources(wildcards.benchmark)
        held = [name for name in sources if wildcards.language in self.config["sources"][name]["languages"]]
        return [f"{self.folder}/seeds/{name}.parquet" for name in held]

    def benchmark_datasets(self, wildcards: Wildcards) -> list[str]:
        """The fetched data sets of a benchmark, or the user's file in the language."""
        own = self.benchmark(wildcards).get("path", [])
        fetched = [f"{self.folder}/datasets/{name}" for name in self.design.benchmark_datasets(wildcards.benchmark)]
        return [own[wildcards.language]] if isinstance(own, dict) else [own] if own else fetched

    def chat_template(self, wildcards: Wildcards) -> list[str]:
        """The file of a model's chat template, where the config names one."""
        name = self.config["models"][wildcards.model].get("chat_template")
        return [f"resources/chat_templates/{name}.jinja"] if name else []

    def teacher_model(self, wildcards: Wildcards) -> str:
        return self.design.model_folder(self.teacher(wildcards)["model"])

    def base_model(self, wildcards: Wildcards) -> str:
        return self.design.base_folder(wildcards.student_base)

    def mixed(self, wildcards: Wildcards) -> list[str]:
        """A teacher's tables of the recipe's methods, in the recipe's order; of a mixture those of each teacher."""
        folder = "filtered" if self.design.is_filtered(wildcards.recipe) else "synthetic"
        return [f"{table}.parquet" for table in self._tables(folder, wildcards)]

    def _tables(self, folder: str, wildcards: Wildcards) -> list[str]:
        return [
            f"{self.folder}/{folder}/{writer}/{wildcards.language}/{method}/trial{wildcards.trial}"
            for writer in self.design.writers(wildcards.teacher, wildcards.language)
            for method in self.config["recipes"][wildcards.recipe]
        ]

    def answers(self, wildcards: Wildcards) -> list[str]:
        """The answers to the recipe's methods, kept and rejected, before any filter of rows."""
        tables = self._tables("synthetic", wildcards)
        return [f"{table}{ending}" for table in tables for ending in (".parquet", ".rejected.parquet")]

    def parts(self, wildcards: Wildcards, input: Any) -> list[str]:
        """METHOD=FILE of each table that is mixed."""
        return [f"{Path(file).parent.name}={file}" for file in input.synthetic]

    def method_screen(self, wildcards: Wildcards) -> list[str]:
        """The table by which a mixture's teachers are chosen for each method; none of other data sets."""
        by_method = self.teacher(wildcards).get("parts") == "by_method"
        return [f"{self.folder}/method_screen.csv"] if by_method else []

    def mixture_option(self, wildcards: Wildcards, input: Any) -> str:
        """The teachers that give a mixture its rows in a language, and the table by which they are chosen."""
        is_mixture = wildcards.teacher in self.design.mixtures
        writers = self.design.writers(wildcards.teacher, wildcards.language) if is_mixture else []
        return f"{option('--mixture', writers)} {option('--chosen-by', input.screen)}".strip()

    def teacher_folder(self, wildcards: Wildcards) -> str:
        """The folder of a teacher's rows in a language, for programs that write several methods."""
        return f"{self.folder}/synthetic/{wildcards.teacher}/{wildcards.language}"

    def tasks_with_items(self, wildcards: Wildcards) -> dict[str, str]:
        """Benchmark → its items in the language; of two that differ in protocol alone the one in plain text."""
        again = {chat for _, chat in self.design.protocol_pairs}
        tasks = {task["benchmark"]: task["items"] for task in self.design.tasks(wildcards.language)}
        return {name: items for name, items in tasks.items() if items and name not in again}

    def cells_of(self, pattern: str) -> list[str]:
        """`pattern` filled for each cell of the design, each file once."""
        return sorted({pattern.format(study=self.study, **cell._asdict()) for cell in self.design.cells})

    # settings

    def template_option(self, wildcards: Wildcards, input: Any) -> str:
        if input.template:
            return f"--chat-template {input.template}"
        return "" if self.design.talks(wildcards.model) else "--no-chat"

    def rows_wanted(self, wildcards: Wildcards, output: Any) -> str:
        """Rows to keep of each method that a job writes, by trial."""
        wanted: dict[int, list[str]] = {}
        for file in map(Path, output.rows):
            wanted.setdefault(int(file.stem.removeprefix("trial")), []).append(file.parent.name)
        teacher, language = wildcards.teacher, wildcards.language
        return text({trial: self.design.wanted_of(teacher, language, trial, names) for trial, names in wanted.items()})

    def pairs_wanted(self, wildcards: Wildcards) -> int:
        """Rows to keep of a method that asks no teacher."""
        trial, method = int(wildcards.trial), wildcards.method
        return self.design.wanted_of(wildcards.teacher, wildcards.language, trial, [method])[method]

    def damage(self, wildcards: Wildcards) -> Config:
        """What is done to a planted teacher's rows: kind, share, and the other language where one is mixed in."""
        return self.design.config["teachers"][wildcards.teacher]["damage"]

    def foreign_seeds(self, wildcards: Wildcards) -> list[str]:
        """Seed tables of the language that a planted teacher mixes in; none where it mixes in none."""
        language = self.damage(wildcards).get("language")
        return [f"{self.folder}/seeds/{name}.parquet" for name in self.design.sources_of(language)] if language else []

    def foreign_options(self, wildcards: Wildcards, input: Any) -> str:
        language = self.damage(wildcards).get("language")
        return f"--other-language {language} --seeds {input.seeds}" if language else ""

    def sampled_rows(self, wildcards: Wildcards) -> str:
        """Rows to sample of each language of a source; nothing where it gives all that it has."""
        rows = self.design.rows(wildcards.source)
        return f"--rows {text(rows)}" if rows else ""

    def source_options(self, wildcards: Wildcards, input: Any) -> str:
        entry = self.source(wildcards)
        options = {"columns": entry["columns"]} if "columns" in entry else {}
        return text(options if input.dataset else {"rows": entry.get("rows")})

    def launcher(self, wildcards: Wildcards, threads: int, resources: Any) -> str:
        """What starts training: Python on the CPU or one card, accelerate a process a card where they share a model."""
        if resources.gpu < 2:
            return "python"
        shared = f"--config_file resources/accelerate/fsdp.yaml --num_processes {resources.gpu} --num_machines 1"
        return accelerate(shared, threads)

    def training_seed(self, wildcards: Wildcards) -> int:
        return derive_seed(self.config["seed"], "train", wildcards.trial)

    def passages(self, wildcards: Wildcards) -> str:
        """The unit and length of the passages by which contamination is looked for in a language."""
        return self.passages_of(wildcards.language)

    def passages_of(self, language: str) -> str:
        settings = self.config["contamination"]
        if language in settings["characters"]:
            return f"--n {settings['characters'][language]} --characters"
        return f"--n {settings['n']}"

    @property
    def measures(self) -> dict[str, str | None]:
        """Benchmark → the ability whose column it fills, or None."""
        return {name: self.design.columns.get(name) for name in self.design.benchmarks}
