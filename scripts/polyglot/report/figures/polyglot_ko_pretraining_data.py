"""Compute the figure of pretraining: bits per byte of held-out text by the text that each run had read.

Reads log.jsonl and pretraining.json of each run; writes the CSV for the figure and a JSON of annotations.
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, read_jsonl, write_json
from polyglot.core.sheets import write_sheet


def curve(name: str, log: list[Json], summary: Json) -> list[Json]:
    """The measurements of a run: megabytes that it had read, and bits per byte."""
    of_a_step = summary["bytes"] / summary["steps"] / 1e6
    return [
        {"run": name, "megabytes": line["step"] * of_a_step, "bits_per_byte": line["bits_per_byte"]}
        for line in log
        if "bits_per_byte" in line
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", nargs="*", default=[], help="RUN=TOKENIZER of each run")
    parser.add_argument("--logs", type=Path, nargs="*", default=[], help="log.jsonl of each, in this order")
    parser.add_argument("--summaries", type=Path, nargs="*", default=[], help="pretraining.json of each")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()
    tokenizers = dict(entry.split("=") for entry in arguments.runs)
    files = zip(tokenizers, arguments.logs, arguments.summaries, strict=True)
    rows = [row for name, log, summary in files for row in curve(name, read_jsonl(log), read_json(summary))]
    write_sheet(arguments.out, pd.DataFrame(rows, columns=["run", "megabytes", "bits_per_byte"]))
    write_json(arguments.annotations, {"tokenizers": tokenizers})


if __name__ == "__main__":
    run(main)
