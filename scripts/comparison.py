"""Set a study's students of one language beside other models: scores over the language's benchmarks.

Reads measurements.csv and the evaluations of the other models. Writes comparison.csv: a row a student (teacher, recipe
and size; mean over trials), one for their base, one for its reference, and one for each other model. All were asked the
same items.
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from polyglot.comparison import compared, others
from polyglot.errors import InputError, run
from polyglot.measurements import check_same_items, read_evaluations, read_measurements
from polyglot.sheets import write_sheet


def main() -> None:
    """Parse the command line, compare, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument(
        "--evaluations", type=Path, required=True, help="folder with {model}/{language}/{benchmark}.json"
    )
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--base", required=True, help="model of the students' base: the others are asked what it was")
    parser.add_argument("--models", nargs="+", required=True, help="the other models")
    parser.add_argument("--benchmarks", type=json.loads, required=True, help="JSON list of the study's benchmarks")
    parser.add_argument("--out", required=True, help="comparison.csv")
    arguments = parser.parse_args()

    rows = read_measurements(arguments.measurements)
    rows = rows[rows["language"] == arguments.language]
    if rows["student_base"].nunique() != 1:
        found = ", ".join(sorted(rows["student_base"].unique())) or "none"
        raise InputError(f"{arguments.measurements}: students in {arguments.language} of bases {found}; compare one")
    folders = {
        model: arguments.evaluations / model / arguments.language for model in (arguments.base, *arguments.models)
    }
    found = {
        model: read_evaluations(folder, arguments.benchmarks, arguments.language) for model, folder in folders.items()
    }
    check_same_items(arguments.language, folders, found)
    other = others({model: list(found[model].values()) for model in arguments.models}, arguments.language)
    write_sheet(arguments.out, pd.concat([compared(rows, by_teacher=False), other], ignore_index=True))


if __name__ == "__main__":
    run(main)
