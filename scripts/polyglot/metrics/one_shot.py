"""How much a row teaches a model that is only shown it: the one-shot gain.

What people answered is scored twice under the student base, given its prompt: alone, and after the row as a first turn
of the same conversation. The gain is the bits a byte that the row saves, summed over the people's answers that it is
shown before. It is the golden score of arXiv 2312.10302 in bits, with the likelihood in place of its threshold. No row
is shown before an answer to its own prompt. A row's prompt chooses the answers, so that teachers that were asked the
same are shown before the same ones.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from polyglot.core.files import read_parquet
from polyglot.core.identity import shuffled

POOL = 64  # people's answers in a language that rows are shown before


class Pair(NamedTuple):
    prompt: str
    response: str


Bits = Callable[[Sequence[Sequence[Pair]]], list[float]]


def people(tables: Sequence[Path]) -> dict[str, list[Pair]]:
    """Language → at most POOL pairs that people wrote, from tables of seeds; none that a benchmark asks."""
    columns = ["language", "split", "prompt", "response"]
    seeds = pd.concat([read_parquet(table, columns)[columns] for table in tables]).dropna(subset=["response"])
    seeds = seeds[(seeds["split"] == "train") & (seeds["response"].str.strip() != "")]
    pools = {}
    for language, part in seeds.drop_duplicates(["language", "prompt"]).groupby("language"):
        answers = dict(zip(part["prompt"], part["response"], strict=True))
        pools[str(language)] = [Pair(prompt, answers[prompt]) for prompt in shuffled(answers, "one-shot")[:POOL]]
    return pools


def chosen_before(prompt: str, pool: Sequence[Pair], number: int) -> list[int]:
    """Places in `pool` of `number` answers (fewer where it has fewer) that a row with this prompt is shown before."""
    places = {other.prompt: place for place, other in enumerate(pool) if other.prompt != prompt}
    return [places[other] for other in shuffled(places, "one-shot", prompt)[:number]]


def one_shot_gains(rows: Sequence[Pair], pool: Sequence[Pair], number: int, bits: Bits) -> list[float]:
    """The gain of each row (bits a byte); NaN for a row that cannot be shown before any answer.

    `bits` gives, of each conversation, the bits of its last response, NaN where it cannot be scored.
    """
    scored = zip(pool, bits([[pair] for pair in pool]), strict=True)
    answers = [(pair, alone) for pair, alone in scored if math.isfinite(alone)]
    before = [chosen_before(row.prompt, [pair for pair, _ in answers], number) for row in rows]
    asked = [[row, answers[place][0]] for row, places in zip(rows, before, strict=True) for place in places]
    after = iter(bits(asked))
    gains = []
    for places in before:
        saved = [(alone - next(after), len(pair.response.encode())) for pair, alone in map(answers.__getitem__, places)]
        saved = [(less, size) for less, size in saved if math.isfinite(less)]
        gains.append(sum(less for less, _ in saved) / sum(size for _, size in saved) if saved else math.nan)
    return gains
