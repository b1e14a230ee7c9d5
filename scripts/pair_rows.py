"""Rows that no language model wrote: pairs of a prompt and a response that a request table holds already.

They are the seeds' own pairs (method public), or these in translation (nllb-both). Writes the first `wanted` pairs as
synthetic rows under the name of a teacher, the other pairs with their reason, and counts: the files that every teacher
leaves. Trials have the same pairs; their students differ by the seed of the training.
"""

import argparse
from pathlib import Path

from polyglot.errors import InputError, run
from polyglot.files import read_parquet, write_counts, write_parquet
from polyglot.methods import PAIRED
from polyglot.pairs import from_requests
from polyglot.synthesis import ROW_COLUMNS, table

NEEDED = ["request_id", "method", "language", "seed_ids", "source_prompt", "source_response"]


def main() -> None:
    """Parse the command line, take the pairs, write rows, rejects and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=Path, required=True, help="table of pairs (.parquet)")
    parser.add_argument("--teacher", required=True, help="name that the rows are filed under")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--method", required=True, choices=PAIRED)
    parser.add_argument("--trial", type=int, required=True)
    parser.add_argument("--wanted", type=int, required=True, help="rows to keep")
    parser.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    arguments = parser.parse_args()
    pairs = read_parquet(arguments.requests, NEEDED)
    for column, value in (("method", arguments.method), ("language", arguments.language)):
        if not (pairs[column] == value).all():
            raise InputError(f"{arguments.requests}: column {column!r} holds other values than {value!r}; remake it")
    kept, rejected = from_requests(
        pairs.to_dict("records"), teacher=arguments.teacher, trial=arguments.trial, wanted=arguments.wanted
    )
    if arguments.wanted and not kept:
        raise InputError(f"{arguments.requests}: holds no pair; look into the counts of the step before")
    out = arguments.out
    write_parquet(out.with_suffix(".rejected.parquet"), table(rejected, (*ROW_COLUMNS, "reason", "text")))
    reasons = [row["reason"] for row in rejected]
    none = {"prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0.0}
    write_counts(out.with_suffix(".counts.json"), len(pairs), len(kept), reasons, wanted=arguments.wanted, **none)
    write_parquet(out, table(kept, ROW_COLUMNS))


if __name__ == "__main__":
    run(main)
