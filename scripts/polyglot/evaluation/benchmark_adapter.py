"""What every adapter of a benchmark is: a module of `evaluation/benchmarks/` with ADAPTER and a function `prepare`.

`prepare(wanted)` returns items in the form that the evaluation reads: multiple choice {"item_id", "category", "subset",
"question", "options", "answer" (index)}, or arithmetic {"item_id", "question", "answer" (a plain number as text)},
whose shots have a "solution" too. "content" holds the item's own texts, without instruction and template, by which
contamination is searched. "subset_weight" is there where a benchmark weighs its subsets by other numbers than their
items.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from polyglot.core.files import Json
from polyglot.core.identity import derive_seed

if TYPE_CHECKING:
    import pandas as pd

BENCHMARKS = "polyglot.evaluation.benchmarks"  # the package of the adapters


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
    seeds: "pd.DataFrame | None" = None
    datasets: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """Items, shots, and for each candidate that became neither, why."""

    items: list[Json]
    shots: list[Json] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def place_options(right: str, wrong: list[str], seed: int, item_id: str) -> Json:
    """Options in an order that depends on the seed and the item alone, so that it is the same for every model."""
    order = list(range(1 + len(wrong)))
    random.Random(derive_seed(seed, "options", item_id)).shuffle(order)
    options = [right, *wrong]
    return {"options": [options[place] for place in order], "answer": order.index(0)}
