"""Write what the picture of student bases and teachers draws: their rows over all deciding benchmarks and languages.

Reads base_interaction.csv. Writes a CSV of the same columns and a JSON with the bases in order.
"""

import argparse

import pandas as pd

from polyglot.analysis.base_interaction import BASE_INTERACTION
from polyglot.analysis.ranking import ALL
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet


def drawn(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the CSV, in the order of the table."""
    return table[(table["benchmark"] == ALL) & (table["language"] == ALL)].reset_index(drop=True)


def main() -> None:
    """Parse the command line, write CSV and JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", required=True, help="base_interaction.csv of the study")
    parser.add_argument("--out", required=True, help="the CSV to write")
    parser.add_argument("--annotations", required=True, help="the JSON to write")
    arguments = parser.parse_args()
    rows = drawn(read_sheet(arguments.table, BASE_INTERACTION))
    write_sheet(arguments.out, rows)
    write_json(arguments.annotations, {"bases": sorted({*rows["student_base"], *rows["other_base"]})})


if __name__ == "__main__":
    run(main)
