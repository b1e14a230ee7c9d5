"""Write the tables of a study's corpora and tokenizers: polyglot_ko_cleaning and polyglot_ko_tokenizers.

Reads the counts of every shard (cleaned and kept) and what was measured of each tokenizer. Writes each table as CSV,
Markdown and LaTeX.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import read_json
from polyglot.core.numerals import written
from polyglot.report.table_files import Table, write

LEFT = ("cleaned", "kept")  # the steps of a corpus, in order; a shard's counts lie in the folder of their step
SHARES = {
    "tokens_per_word": "tokens a word",
    "bytes_per_token": "bytes a token",
    "edges_at_morphemes": "inner edges at morphemes",
    "morpheme_edges_kept": "morphemes' edges kept",
}


def cleaning(files: Sequence[Path]) -> Table:
    """Texts of each corpus: seen, rejected by reason in the order of steps, kept; bytes before and after."""
    by_step: dict[tuple[str, str], list[dict]] = {}
    for file in files:
        by_step.setdefault((file.parts[-3], file.parts[-2]), []).append(read_json(file))
    rows = []
    for corpus in sorted({corpus for corpus, _ in by_step}):
        first, last = (by_step[corpus, step] for step in LEFT)
        size = sum(part["bytes_seen"] for part in first)
        rows.append((corpus, "seen", sum(part["seen"] for part in first), size))
        for counts in (first, last):
            reasons = sum((Counter(part["rejected"]) for part in counts), Counter())
            rows += [(corpus, reason, count, None) for reason, count in sorted(reasons.items())]
        kept = sum(part["bytes_kept"] for part in last)
        rows.append((corpus, "kept", sum(part["kept"] for part in last), kept))
    table = pd.DataFrame(rows, columns=["corpus", "outcome", "texts", "bytes"]).astype({"bytes": "Int64"})
    shown = table.assign(
        texts=[written(count, 0) for count in table["texts"]],
        bytes=["" if pd.isna(size) else written(size, 0) for size in table["bytes"]],
        outcome=table["outcome"].str.replace("_", " "),
    )
    return Table("polyglot_ko_cleaning", "Texts of the corpora after cleaning", table, shown, [])


def tokenizers(files: Sequence[Path]) -> Table:
    """Each tokenizer with what it does to the words of texts that it did not learn from."""
    rows = pd.DataFrame([{"tokenizer": file.stem, **read_json(file)} for file in files])
    rows = rows[["tokenizer", "morphemes", "vocabulary", "texts", "words", "bytes", "tokens", *SHARES]]
    shown = pd.DataFrame(
        {"tokenizer": rows["tokenizer"], "morphemes": rows["morphemes"].map({True: "yes", False: "no"})}
    )
    shown = shown.assign(vocabulary=[written(size, 0) for size in rows["vocabulary"]])
    for name, title in SHARES.items():
        shown[title] = [written(share, 3) for share in rows[name]]
    note = (
        "Over texts that no tokenizer learned from. An inner edge is a token's first byte within a word; morphemes by"
        " the mecab-ko dictionary, which the tokenizer itself does not use."
    )
    return Table("polyglot_ko_tokenizers", "Tokenizers with and without morphemes", rows, shown, [note])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=Path, nargs="+", required=True, help="counts of shards, cleaned and kept")
    parser.add_argument("--tokenizers", type=Path, nargs="+", required=True, help="JSON of each tokenizer")
    parser.add_argument("--out", required=True, help="folder for the tables")
    arguments = parser.parse_args()
    write(cleaning(arguments.counts), arguments.out)
    write(tokenizers(arguments.tokenizers), arguments.out)


if __name__ == "__main__":
    run(main)
