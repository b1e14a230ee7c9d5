"""Write what the picture of continuations draws: macro F1 and accuracy of each model that is no student.

Reads continuations.csv. Writes a CSV (a row a language, benchmark and model, with intervals and the levels of a
constant answer and of guessing) and a JSON with the panels in order.
"""

import argparse

import pandas as pd

from polyglot.analysis.continuations import CONTINUATIONS
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet

SCORES = [f"{name}{end}" for name in ("macro_f1", "accuracy") for end in ("", "_low", "_high")]
COLUMNS = ["language", "benchmark", "model", "shots", "items", *SCORES, "constant_macro_f1", "chance"]


def drawn(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the CSV; the name of a student is a path."""
    known = table[table["macro_f1"].notna() & ~table["model"].str.contains("/")]
    return known[COLUMNS].sort_values(["language", "benchmark", "model"], ignore_index=True)


def main() -> None:
    """Parse the command line, write CSV and JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--continuations", required=True, help="continuations.csv of the study")
    parser.add_argument("--out", required=True, help="the CSV to write")
    parser.add_argument("--annotations", required=True, help="the JSON to write")
    arguments = parser.parse_args()
    rows = drawn(read_sheet(arguments.continuations, CONTINUATIONS))
    write_sheet(arguments.out, rows)
    panels = rows[["language", "benchmark"]].drop_duplicates().to_numpy().tolist()
    write_json(arguments.annotations, {"panels": panels})


if __name__ == "__main__":
    run(main)
