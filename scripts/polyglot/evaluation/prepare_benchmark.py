"""Prepare one benchmark in one language as local items, the same for every model.

Reads the hand-written sentences of --resources and the seed table or fetched data sets that the adapter needs. Writes
{language}.jsonl (items), {language}.shots.jsonl (solved examples, empty if the benchmark has none) and
{language}.counts.json, whose "short" is the number of items missing from --items.
"""

import argparse
import collections
from pathlib import Path

import pandas as pd

from polyglot.core.adapter import load
from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_counts, write_jsonl
from polyglot.evaluation.benchmark_adapter import BENCHMARKS, Wanted
from polyglot.pretraining.held_out_documents import is_held_out
from polyglot.seeds.seed_table import COLUMNS


def main() -> None:
    """Parse the command line, prepare, write items, shots and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--benchmark", required=True, help="id of the benchmark")
    parser.add_argument("--adapter", required=True, help="adapter that prepares it")
    parser.add_argument("--task", default="", help="task of an adapter that has several")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--items", type=int, required=True, help="maximum number of items; 0 for all")
    parser.add_argument("--shots", type=int, default=0, help="number of solved examples")
    parser.add_argument(
        "--seeds", type=Path, nargs="*", default=[], help="seed tables of the sources whose held-out rows become items"
    )
    parser.add_argument("--dataset", type=Path, nargs="*", default=[], help="folders of the fetched data sets it reads")
    parser.add_argument("--documents", type=Path, nargs="*", default=[], help="parquet files of a corpus: id, text")
    parser.add_argument("--held-out-percent", type=int, default=0, help="share of the documents that are held out")
    parser.add_argument("--resources", type=Path, default=Path("resources"), help="folder of hand-written sentences")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--out", type=Path, required=True, help="the .jsonl file to write")
    arguments = parser.parse_args()
    tables = [read_parquet(table, COLUMNS) for table in arguments.seeds]
    seeds = pd.concat(tables, ignore_index=True) if tables else None
    documents = (
        pd.concat(read_parquet(file, ["id", "text"]) for file in arguments.documents) if arguments.documents else None
    )
    if documents is not None:
        documents = documents[[is_held_out(name, arguments.held_out_percent) for name in documents["id"]]]
    wanted = Wanted(
        arguments.language,
        arguments.items,
        arguments.shots,
        arguments.seed,
        arguments.resources,
        seeds,
        {folder.name: folder for folder in arguments.dataset},
        arguments.task,
        documents,
    )
    adapter = load(BENCHMARKS, arguments.adapter)
    if arguments.task not in (adapter.ADAPTER.tasks or [""]):
        tasks = ", ".join(adapter.ADAPTER.tasks)
        raise InputError(
            f"--task {arguments.task!r}: adapter {arguments.adapter} has {tasks or 'none'}; name one of its"
        )
    prepared = adapter.prepare(wanted)
    if not prepared.items:
        where = f"{arguments.benchmark} in {arguments.language}"
        raise InputError(f"{where}: no item could be prepared; take the language out of the benchmark's languages")
    usable = len(prepared.items) + len(prepared.shots)
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        usable + len(prepared.reasons),
        usable,
        prepared.reasons,
        wanted=arguments.items,
        items=len(prepared.items),
        short=max(0, arguments.items - len(prepared.items)),
        shots=len(prepared.shots),
        by_category=dict(collections.Counter(item["category"] for item in prepared.items)),
    )
    write_jsonl(arguments.out.with_suffix(".shots.jsonl"), prepared.shots)
    write_jsonl(arguments.out, prepared.items)


if __name__ == "__main__":
    run(main)
