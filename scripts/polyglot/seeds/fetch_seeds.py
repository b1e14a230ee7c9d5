"""Fetch the seed prompts of one source: real prompts, with responses where it has them, from the adapter named.

Writes NAME.parquet (kept rows, sorted by seed_id, with the side of the split that each is on), NAME.rejected.parquet
(the same columns and the reason) and NAME.counts.json, with what was masked. Rows on the benchmark side are never
shown to a teacher. With --rows a source is sampled by hash over its whole length; the rest is counted only.
"""

import argparse
import json
from pathlib import Path

from polyglot.core.adapter import load
from polyglot.core.errors import InputError, run
from polyglot.core.files import write_counts, write_parquet
from polyglot.seeds.seed_table import collect
from polyglot.seeds.source_adapter import SOURCES


def main() -> None:
    """Parse the command line, fetch, write rows, rejects and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", required=True, help="id of the source")
    parser.add_argument("--adapter", required=True, help="part of the program that reads it")
    parser.add_argument("--options", type=json.loads, default={}, help='JSON object of its settings: {"rows": 120}')
    parser.add_argument("--languages", nargs="+", required=True, help="ISO 639-1 codes")
    parser.add_argument("--dataset", type=Path, help="folder of the fetched data set, or the user's file")
    parser.add_argument("--rows", type=json.loads, help='rows wanted of each language: {"de": 241}; default all')
    parser.add_argument("--benchmark-share", type=float, required=True, help="share of rows held out for benchmarks")
    parser.add_argument("--max-characters", type=int, default=4000, help="longest prompt or response")
    parser.add_argument("--resources", type=Path, default=Path("resources"), help="folder of hand-written sentences")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    arguments = parser.parse_args()
    languages = sorted(set(arguments.languages))
    adapter = load(SOURCES, arguments.adapter)
    if (adapter.ADAPTER.packaged is not None) == (arguments.dataset is not None):
        raise InputError(
            f"--dataset: adapter {arguments.adapter} reads {'no' if adapter.ADAPTER.packaged else 'a'} data set"
        )
    if arguments.rows and (lacking := [code for code in languages if code not in arguments.rows]):
        raise InputError(f"--rows: no number for {lacking[0]}; give one for each of --languages")
    seeds = collect(
        adapter.rows(languages, arguments.options, arguments.seed, arguments.dataset or arguments.resources),
        arguments.source,
        benchmark_share=arguments.benchmark_share,
        seed=arguments.seed,
        max_characters=arguments.max_characters,
        rows=arguments.rows,
    )
    if unseen := [code for code in languages if not seeds.seen.get(code)]:
        raise InputError(
            f"--source {arguments.source}: holds nothing in {', '.join(unseen)}; take that out of its languages, or see"
            " how the data set names it"
        )
    seen = sum(seeds.seen.values())
    if not len(seeds.kept):
        raise InputError(f"--source {arguments.source}: no usable row of {seen}; change its languages or options")
    by_split = {
        language: {str(side): int(rows) for side, rows in part["split"].value_counts().sort_index().items()}
        for language, part in seeds.kept.groupby("language")
    }
    write_parquet(arguments.out.with_suffix(".rejected.parquet"), seeds.rejected)
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        seen,
        len(seeds.kept),
        seeds.reasons.elements(),
        rejects_held=len(seeds.rejected),
        seen_by_language=seeds.seen,
        masked=seeds.masked,
        cleaned=seeds.cleaned,
        by_language={language: sum(sides.values()) for language, sides in by_split.items()},
        by_split=by_split,
    )
    write_parquet(arguments.out, seeds.kept)


if __name__ == "__main__":
    run(main)
