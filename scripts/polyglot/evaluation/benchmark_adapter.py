"""The interface of benchmark adapters: modules of `evaluation/benchmarks/` with ADAPTER and a function `prepare`.

`prepare(wanted)` returns items in the form that the evaluation reads: multiple choice {"item_id", "category", "subset",
"question", "options", "answer" (index)}, or arithmetic {"item_id", "question", "answer" (a plain number as text)},
whose shots also have a "solution". "content" holds the item's own texts, without instruction and template, for the
search for contamination. "subset_weight" is present if a benchmark does not weigh its subsets by their items.
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
    """The items and shots to prepare; `items` 0 means all.

    `resources`: folder of hand-written files; `seeds`: seed table of the benchmark's source; `datasets`: folder of each
    fetched data set by id; `task`: the task of an adapter that has several;
    `documents`: held-out texts of a corpus (id, text).
    """

    language: str
    items: int
    shots: int
    seed: int
    resources: Path
    seeds: "pd.DataFrame | None" = None
    datasets: Mapping[str, Path] = field(default_factory=dict)
    task: str = ""
    documents: "pd.DataFrame | None" = None


@dataclass(frozen=True)
class Prepared:
    """Items, shots, and the reason for each rejected candidate."""

    items: list[Json]
    shots: list[Json] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def place_options(right: str, wrong: list[str], seed: int, item_id: str) -> Json:
    """Options in an order that depends only on the seed and the item: the same for every model."""
    order = list(range(1 + len(wrong)))
    random.Random(derive_seed(seed, "options", item_id)).shuffle(order)
    options = [right, *wrong]
    return {"options": [options[place] for place in order], "answer": order.index(0)}
