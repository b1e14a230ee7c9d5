"""Choose what teachers are asked: the seed prompts and demonstrations of one method in one language.

Reads the seed tables of all sources. Writes {method}.parquet, whose row i is the i-th request to be used, and
{method}.counts.json; where the seeds hold fewer prompts than were asked for, the counts say so ("short").
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.errors import run
from polyglot.files import read_parquet, write_counts, write_parquet
from polyglot.methods import METHODS
from polyglot.requests import select

NEEDED = ["seed_id", "language", "split", "prompt", "response", "parallel_id"]


def main() -> None:
    """Parse the command line, select, write requests and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=Path, nargs="+", required=True, help="seed tables (.parquet)")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--method", required=True, choices=METHODS)
    parser.add_argument("--count", type=int, required=True, help="requests wanted")
    parser.add_argument("--examples", type=int, required=True, help="demonstrations in each request")
    parser.add_argument("--rounds", type=int, default=1, help="times that a prompt may be asked where prompts run out")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    arguments = parser.parse_args()
    seeds = pd.concat([read_parquet(path, NEEDED)[NEEDED] for path in arguments.seeds], ignore_index=True)
    chosen = select(
        seeds,
        arguments.language,
        arguments.method,
        count=arguments.count,
        examples=arguments.examples,
        rounds=arguments.rounds,
        seed=arguments.seed,
    )
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        chosen.seen,
        chosen.usable,
        chosen.reasons,
        wanted=arguments.count,
        requests=len(chosen.table),
        short=arguments.count - len(chosen.table),
        demonstration_rows=chosen.demonstrations,
    )
    write_parquet(arguments.out, chosen.table)


if __name__ == "__main__":
    run(main)
