"""Train a tokenizer on the kept texts of corpora, hold it to give its text back, and measure how it cuts words.

The documents that are held out from models are measured and not learned from. Writes the folder OUT, which
`AutoTokenizer` loads as a plain fast tokenizer, and COUNTS (JSON): its vocabulary, rows of the embedding of a model
that uses it, and tokens a word, bytes a token and edges at morphemes over the held-out texts.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from transformers import AutoTokenizer

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, whole, write_json
from polyglot.pretraining.held_out_documents import is_held_out
from polyglot.pretraining.tokenizing import LARGEST, fertility, refuse_unless_it_gives_back, save, train

MEASURED = 2000  # held-out texts at most
# what text may hold beside Korean prose, of which a corpus may have had none
HARD = ("  두 칸\t\n\n 줄", "🙂👨‍👩‍👧 ㅎㅎ ㅋ", "ᄒᆞᆫ글 漢字 naïve café", "<|tel|> <|acc|>\n", "1,234.5% don't")


def learned(shards: Sequence[Path], percent: int, sample_bytes: float) -> Iterator[str]:
    """The texts to learn from: of each shard, in the order of their ids, its equal part of the sample."""
    for shard in shards:
        left = sample_bytes / len(shards)
        for row in read_parquet(shard, ["id", "text"]).sort_values("id").itertuples(index=False):
            if left <= 0:
                break
            if not is_held_out(row.id, percent):
                left -= len(row.text.encode())
                yield row.text


def held_out(shards: Sequence[Path], percent: int) -> list[str]:
    """At most `MEASURED` texts that are not learned from, of each shard alike."""
    results: list[str] = []
    for shard in shards:
        rows = read_parquet(shard, ["id", "text"]).sort_values("id")
        texts = [row.text for row in rows.itertuples(index=False) if is_held_out(row.id, percent)]
        results += texts[: -(-MEASURED // len(shards))]
    return results[:MEASURED]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, nargs="+", required=True, help="kept texts, a parquet file a shard")
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON of the tokenizer's entry")
    parser.add_argument("--held-out-percent", type=int, required=True, help="documents of 100 that are held out")
    parser.add_argument("--counts", type=Path, required=True, help="JSON file of what was measured")
    parser.add_argument("--out", type=Path, required=True, help="folder of the tokenizer")
    arguments = parser.parse_args()

    settings, percent = arguments.settings, arguments.held_out_percent
    vocabulary, multiple = settings["vocabulary"], settings["padded_to"]
    rows = -(-vocabulary // multiple) * multiple
    if rows > LARGEST:
        raise InputError(
            f"--settings: a vocabulary of {vocabulary}, padded to {rows}, is above the {LARGEST} that 16 bits hold;"
            " lower vocabulary of the tokenizer"
        )
    shards = sorted(arguments.texts)
    measured = held_out(shards, percent)
    if not measured:
        raise InputError(
            f"{shards[0]}: none of its texts is held out to measure the tokenizer; take a corpus of more texts, or"
            " raise pretraining.held_out_percent"
        )
    tokenizer = train(learned(shards, percent, settings["sample_gb"] * 1e9), vocabulary, settings["morphemes"])
    with whole(arguments.out) as folder:
        save(tokenizer, folder)
        refuse_unless_it_gives_back(AutoTokenizer.from_pretrained(folder), [*HARD, *measured])
        counts = fertility(tokenizer, measured)
        write_json(
            arguments.counts,
            {**settings, "embedding_rows": rows, **asdict(counts), **counts.shares()},
        )


if __name__ == "__main__":
    run(main)
