"""The texts of a shard that a corpus keeps: the cleaned ones without near-duplicates and copies of benchmark items.

A text is a copy of an item where it holds at least the configured share of the n-grams of the item's question or of
one of its answers, as the search for contamination in data sets counts it. Writes OUT (id, text), OUT.rejected.parquet
(id, reason, what it repeats and how much of it) and OUT.counts.json.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import read_jsonl, read_parquet, write_counts, write_parquet
from polyglot.metrics.overlap import Index, Unit

REJECTED = ["id", "reason", "repeats", "share"]


def copied(text: str, indexes: Mapping[str, Index], item_share: float) -> tuple[str, float] | None:
    """(benchmark/item, share) of the item that a text holds most of; None where it holds too little of any."""
    held = [
        (share, f"{name}/{index.item_ids[item]}")
        for name, index in indexes.items()
        for item, share in index.look_up([text]).items()
    ]
    share, item = max(held, default=(0.0, ""))
    return (item, share) if share >= item_share else None


def told_apart(
    rows: pd.DataFrame, twins: Mapping[int, tuple[str, float]], indexes: Mapping[str, Index], item_share: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Kept and rejected rows; `twins`: place of a near-duplicate → the id that it repeats, and their similarity."""
    kept, rejected = [], []
    for place, row in enumerate(rows[["id", "text"]].itertuples(index=False)):
        if place in twins:
            rejected.append((row.id, "near_duplicate", *twins[place]))
        elif copy := copied(row.text, indexes, item_share):
            rejected.append((row.id, "contaminated", *copy))
        else:
            kept.append((row.id, row.text))
    return pd.DataFrame(kept, columns=["id", "text"]), pd.DataFrame(rejected, columns=REJECTED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, required=True, help="cleaned texts of a shard, parquet")
    parser.add_argument("--duplicates", type=Path, required=True, help="near-duplicates of the corpus, parquet")
    parser.add_argument("--benchmarks", type=json.loads, required=True, help="JSON: benchmark → its items, JSON lines")
    parser.add_argument("--n", type=int, required=True, help="length of an n-gram")
    parser.add_argument("--characters", action="store_true", help="count characters, not words")
    parser.add_argument("--item-share", type=float, required=True, help="share of an item's n-grams that is a copy")
    parser.add_argument("--out", type=Path, required=True, help="parquet file of the texts that stay")
    arguments = parser.parse_args()

    rows = read_parquet(arguments.texts, ["id", "text"])
    duplicates = read_parquet(arguments.duplicates, ["shard", "place", "twin_id", "similarity"])
    own = duplicates[duplicates["shard"] == arguments.texts.stem]
    twins = dict(zip(own["place"], zip(own["twin_id"], own["similarity"], strict=True), strict=True))
    unit = Unit(arguments.n, arguments.characters)
    indexes = {name: Index(read_jsonl(file), unit, name) for name, file in sorted(arguments.benchmarks.items())}
    kept, rejected = told_apart(rows, twins, indexes, arguments.item_share)
    write_parquet(arguments.out.with_suffix(".rejected.parquet"), rejected)
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        len(rows),
        len(kept),
        rejected["reason"],
        bytes_kept=sum(len(text.encode()) for text in kept["text"]),
    )
    write_parquet(arguments.out, kept)


if __name__ == "__main__":
    run(main)
