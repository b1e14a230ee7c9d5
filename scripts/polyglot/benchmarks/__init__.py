"""Benchmarks as local items, one file a language. An adapter makes the items; `prepare_benchmark` writes them.

An adapter is a function `prepare(wanted)` in a module of this package. It returns items in the form that the evaluation
reads: multiple choice {"item_id", "category", "subset", "question", "options", "answer" (index)}, or arithmetic
{"item_id", "question", "answer" (a plain number as text)}, whose shots have a "solution" too. Of every item, "content"
holds the texts that are the benchmark's own, without instruction and template: contamination is looked for by them.
"subset_weight" is there where a benchmark weighs its subsets by other numbers than their items.
"""

import importlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from polyglot.errors import InputError
from polyglot.files import Json
from polyglot.identity import derive_seed

MODULES = {
    "arithmetic": "polyglot.benchmarks.arithmetic",
    "cldr": "polyglot.benchmarks.cldr",
    "corpus_preference": "polyglot.benchmarks.corpus_preference",
    "filbench": "polyglot.benchmarks.filbench",
    "global_mmlu": "polyglot.benchmarks.global_mmlu",
    "m_rewardbench": "polyglot.benchmarks.m_rewardbench",
    "mgsm": "polyglot.benchmarks.mgsm",
}


@dataclass(frozen=True)
class Wanted:
    """What to prepare; `items` 0 is all that there are.

    `resources`: folder of hand-written files; `seeds`: seed table of the benchmark's source; `datasets`: id → folder of
    each fetched data set.
    """

    language: str
    items: int
    shots: int
    seed: int
    resources: Path
    seeds: pd.DataFrame | None = None
    datasets: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """Items, shots, and for each candidate that became neither, why."""

    items: list[Json]
    shots: list[Json] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def load_adapter(name: str) -> Callable[[Wanted], Prepared]:
    """The adapter called `name`; its module, and what that needs, is imported only here. Raises InputError."""
    if name not in MODULES:
        raise InputError(f"--adapter {name}: unknown; use one of {', '.join(sorted(MODULES))}")
    return importlib.import_module(MODULES[name]).prepare


def place_options(right: str, wrong: list[str], seed: int, item_id: str) -> Json:
    """Options in an order that depends on the seed and the item alone, so that it is the same for every model."""
    order = list(range(1 + len(wrong)))
    random.Random(derive_seed(seed, "options", item_id)).shuffle(order)
    options = [right, *wrong]
    return {"options": [options[place] for place in order], "answer": order.index(0)}
