"""Fetch the seed prompts of one source: real prompts, with responses where it has them, from the adapter named.

Writes NAME.parquet (kept rows, sorted by seed_id, with the side of the split that each is on), NAME.rejected.parquet
(the same columns and the reason) and NAME.counts.json. Rows on the benchmark side are never shown to a teacher.
"""

import argparse
import json
from pathlib import Path

from polyglot.errors import InputError, run
from polyglot.files import write_counts, write_parquet
from polyglot.seeds import collect
from polyglot.sources import load_adapter


def main() -> None:
    """Parse the command line, fetch, write rows, rejects and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, help="id of the source")
    parser.add_argument("--adapter", required=True, help="part of the program that reads it")
    parser.add_argument("--options", type=json.loads, default={}, help='JSON object of its settings: {"rows": 120}')
    parser.add_argument("--languages", nargs="+", required=True, help="ISO 639-1 codes")
    parser.add_argument("--benchmark-share", type=float, required=True, help="share of rows held out for benchmarks")
    parser.add_argument("--max-characters", type=int, default=4000, help="longest prompt or response")
    parser.add_argument("--resources", type=Path, default=Path("resources"), help="folder of hand-written sentences")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    arguments = parser.parse_args()
    rows = load_adapter(arguments.adapter)
    raw = rows(sorted(set(arguments.languages)), arguments.options, arguments.seed, arguments.resources)
    seeds = collect(
        raw,
        arguments.source,
        benchmark_share=arguments.benchmark_share,
        seed=arguments.seed,
        max_characters=arguments.max_characters,
    )
    if not len(seeds.kept):
        raise InputError(f"--source {arguments.source}: no usable row of {seeds.seen}; change its languages or options")
    by_split = {
        language: {str(side): int(rows) for side, rows in part["split"].value_counts().sort_index().items()}
        for language, part in seeds.kept.groupby("language")
    }
    write_parquet(arguments.out.with_suffix(".rejected.parquet"), seeds.rejected)
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        seeds.seen,
        len(seeds.kept),
        seeds.rejected["reason"],
        by_language={language: sum(sides.values()) for language, sides in by_split.items()},
        by_split=by_split,
    )
    write_parquet(arguments.out, seeds.kept)


if __name__ == "__main__":
    run(main)
