"""Prompts of continuation items: each item's examples before its question, as many as a model's context holds.

Models differ in context and tokenizer, so the prompt is laid out for each. Nothing is cut: an item either has all its
examples, fewer where the benchmark allows that, or is one that the model cannot read.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from polyglot.core.files import Json
from polyglot.evaluation.items import Benchmark

if TYPE_CHECKING:
    from lm_eval.api.model import LM

BETWEEN = "\n\n"  # what divides examples
DELIMITER = " "  # between question and option, as `target_delimiter` of resources/tasks/continuation.yaml


class Layout(NamedTuple):
    """Items with "prompt" and "shown" (number of examples in it), and the ids of those that the model cannot read."""

    items: list[Json]
    unread: list[str]

    def counts(self, shots: int) -> Json:
        """The ids of the items that the model cannot read, and the number of those with less than `shots` examples."""
        return {"unread": self.unread, "fewer_shots": sum(item["shown"] < shots for item in self.items)}


def lay_out(lm: "LM", benchmark: Benchmark, items: Sequence[Json], examples: Sequence[Json]) -> Layout:
    """The prompts of a benchmark's items for a model."""
    texts = {example["item_id"]: solved(example) for example in examples}
    laid, unread = [], []
    for item in items:
        shown = most_shots(lm, benchmark, item, texts)
        if shown is None:
            unread.append(item["item_id"])
        else:
            laid.append({**item, "prompt": prompt_of(item, texts, shown), "shown": shown})
    return Layout(laid, unread)


def most_shots(lm: "LM", benchmark: Benchmark, item: Json, texts: Mapping[str, str]) -> int | None:
    """The number of examples shown before an item; None if the model cannot read it.

    The engine needs room for one more token after the longest option.
    """

    def too_long(shots: int) -> bool:
        prompt = prompt_of(item, texts, shots)
        lengths = [len(lm.tok_encode(f"{prompt}{DELIMITER}{option}")) for option in item["options"]]
        return max(lengths) >= lm.max_length

    if not too_long(benchmark.shots):
        return benchmark.shots
    if not benchmark.fewer_shots:
        return None
    fitting = bisect_left(range(benchmark.shots), True, key=too_long) - 1  # more examples are more tokens
    return fitting if fitting >= 0 else None


def solved(example: Json) -> str:
    """An example with its answer."""
    return f"{example['question']}{DELIMITER}{example['options'][example['answer']]}"


def prompt_of(item: Json, texts: Mapping[str, str], shots: int) -> str:
    """An item's question after the first `shots` of its examples."""
    return BETWEEN.join([*(texts[name] for name in item.get("shots", [])[:shots]), item["question"]])
