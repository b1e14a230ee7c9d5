"""Examples of continuation items, drawn for each item from a train split.

An item's draw depends on the seed and its id alone: it is the same for every model, and the first of fifty are the five
of the same task with five.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import derive_seed
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted


def with_shots(prepared: Prepared, examples: Sequence[Json], wanted: Wanted) -> Prepared:
    """The items with the ids of their examples as "shots", and the examples that any of them has; others are counted.

    Raises InputError where there are fewer examples than shots.
    """
    if not wanted.shots:
        return prepared
    if len(examples) < wanted.shots:
        raise InputError(
            f"--shots: {wanted.shots} are wanted, but the train split has {len(examples)} usable rows; lower the"
            " benchmark's shots"
        )
    items = [item | {"shots": draw(examples, wanted, item["item_id"])} for item in prepared.items]
    used = {name for item in items for name in item["shots"]}
    shots = [example for example in examples if example["item_id"] in used]
    reasons = prepared.reasons + ["example_not_drawn"] * (len(examples) - len(shots))
    return replace(prepared, items=items, shots=shots, reasons=reasons)


def draw(examples: Sequence[Json], wanted: Wanted, item_id: str) -> list[str]:
    """The ids of `wanted.shots` different examples."""
    numbers = random.Random(derive_seed(wanted.seed, "shots", item_id))
    drawn: dict[str, None] = {}
    while len(drawn) < wanted.shots:
        drawn.setdefault(examples[numbers.randrange(len(examples))]["item_id"])
    return list(drawn)
