"""Clean one shard of a corpus.

Reads its texts through the corpus's adapter. Writes OUT (id, text, origin), OUT.rejected.parquet (the same and the
reason; a text that cannot be read has none) and OUT.counts.json: texts seen, kept and rejected by reason, texts that
each edit changed, personal data masked by kind, bytes before and after. Texts keep the order of their source.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from polyglot.core.adapter import load
from polyglot.core.errors import InputError, run
from polyglot.core.files import write_counts, write_parquet
from polyglot.core.identity import content_id
from polyglot.core.sentences import read_sentences
from polyglot.pretraining.cleaning import Cleaner, Words
from polyglot.pretraining.corpus_adapter import CORPORA, Part, RawText

COLUMNS = ["id", "text", "origin"]
Rows = list[dict[str, Any]]


def cleaned(texts: list[RawText], cleaner: Cleaner) -> tuple[Rows, Rows]:
    """The rows that stay and those that are rejected, with `reason`."""
    kept, rejected = [], []
    for raw in texts:
        text, reason = ("", "unreadable") if raw.problem is not None else cleaner(raw.text)
        row = {"id": content_id(text), "text": text, "origin": raw.origin}
        if reason is None:
            kept.append(row)
        else:
            rejected.append(row | {"reason": reason})
    return kept, rejected


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", required=True, help="id of the corpus")
    parser.add_argument("--adapter", required=True, help="module of pretraining/corpora that reads it")
    parser.add_argument("--options", type=json.loads, required=True, help="JSON object of the adapter's settings")
    parser.add_argument("--place", type=Path, help="folder of the fetched data set, or the user's file")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--words", type=Path, help="YAML of the language's boilerplate and spam")
    parser.add_argument("--cleaning", type=json.loads, required=True, help="JSON object of the thresholds")
    parser.add_argument("--shard", type=int, required=True, help="number of the shard, from 0")
    parser.add_argument("--shards", type=int, required=True, help="shards of the corpus")
    parser.add_argument("--out", type=Path, required=True, help="parquet file of the texts that stay")
    arguments = parser.parse_args()

    words = read_sentences(arguments.words, ["boilerplate", "spam"]) if arguments.words else {}
    cleaner = Cleaner(arguments.language, arguments.cleaning, Words(**words))
    part = Part(arguments.shard, arguments.shards)
    texts = list(load(CORPORA, arguments.adapter).texts(arguments.options, arguments.place, part))
    kept, rejected = cleaned(texts, cleaner)
    where = f"corpus {arguments.corpus}, shard {arguments.shard} of {arguments.shards}"
    if not texts:
        raise InputError(f"{where}: holds no text; set a smaller number of shards for the corpus")
    if not kept:
        reasons = Counter(row["reason"] for row in rejected).most_common()
        shares = ", ".join(f"{reason} {count}" for reason, count in reasons)
        raise InputError(
            f"{where}: none of its {len(texts)} texts is kept ({shares}); correct languages of the corpus or cleaning"
        )
    write_parquet(arguments.out.with_suffix(".rejected.parquet"), pd.DataFrame(rejected, columns=[*COLUMNS, "reason"]))
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        len(texts),
        len(kept),
        [row["reason"] for row in rejected],
        edited=dict(cleaner.edited),
        masked=dict(sorted(cleaner.masked.items())),
        bytes_seen=sum(len(raw.text.encode("utf-8", "replace")) for raw in texts),
        bytes_kept=sum(len(row["text"].encode()) for row in kept),
    )
    write_parquet(arguments.out, pd.DataFrame(kept, columns=COLUMNS))


if __name__ == "__main__":
    run(main)
