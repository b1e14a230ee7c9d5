"""Compute Figure 1: the workflow, with the numbers of the study in its boxes.

Reads the boxes and arrows (resources/workflow.csv) and scores.csv, to count the numbers. Writes the CSV for the figure
and a JSON of annotations.
"""

import argparse

import pandas as pd

from polyglot.analysis.score import SCORES
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet


def counts(scores: pd.DataFrame) -> dict[str, str]:
    """The numbers in the boxes, with a noun if its form depends on the number."""
    bases = scores["student_base"].nunique()
    return {
        "teachers": str(scores["teacher"].nunique()),
        "languages": str(scores["language"].nunique()),
        "data_sets": str(len(scores[["teacher", "language", "recipe", "size", "trial"]].drop_duplicates())),
        "students": str(len(scores)),
        "student_bases": f"{bases} student base{'s' if bases != 1 else ''}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workflow", required=True, help="CSV of boxes and arrows")
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    numbers = counts(read_sheet(arguments.scores, SCORES))
    drawn = pd.read_csv(arguments.workflow, dtype={"to": str})
    drawn["detail"] = [text.format(**numbers) if isinstance(text, str) else text for text in drawn["detail"]]
    write_sheet(arguments.out, drawn)
    write_json(arguments.annotations, numbers)


if __name__ == "__main__":
    run(main)
