"""Compute Figure 5: student performance as the training mix grows.

Reads scores.csv. Writes the CSV for the figure, one row per (teacher, language, size) of the main recipe and student
base: gain over the base (mean over trials, standard error for repeated trials); and a JSON of annotations.
"""

import argparse

import pandas as pd

from polyglot.analysis.score import SCORES
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet


def by_size(scores: pd.DataFrame) -> pd.DataFrame:
    """Rows (teacher, language, size, gain, gain_se, trials); gain_se is unknown for a single trial."""
    groups = scores.groupby(["teacher", "language", "size"])["gain"]
    table = groups.mean().to_frame("gain").assign(gain_se=groups.sem(), trials=groups.size())
    return table.dropna(subset=["gain"]).reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-base", required=True)
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    scores = read_sheet(arguments.scores, SCORES)
    rows = scores[(scores["recipe"] == arguments.main_recipe) & (scores["student_base"] == arguments.main_base)]
    table = by_size(rows)
    # a trend needs two sizes or more
    several = table.groupby(["teacher", "language"])["size"].transform("nunique") > 1
    write_sheet(arguments.out, table[several])
    write_json(
        arguments.annotations,
        {"student_base": arguments.main_base, "sizes": sorted(int(size) for size in set(table[several]["size"]))},
    )


if __name__ == "__main__":
    run(main)
