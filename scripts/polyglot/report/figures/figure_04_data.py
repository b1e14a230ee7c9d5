"""Compute Figure 4: student performance against its prediction from the intrinsic metrics of the other languages.

Reads components.json and predictions.csv of the study's statistics; writes the CSV for the figure and a JSON with R² in
sample, leaving a language out and leaving a teacher out, with interval and p of each.
"""

import argparse

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import read_json, write_json
from polyglot.core.sheets import write_sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", required=True, help="components.json of the study's statistics")
    parser.add_argument("--predictions", required=True, help="predictions.csv of the study's statistics")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    report = read_json(arguments.components)
    predictions = pd.read_csv(arguments.predictions, keep_default_na=False, na_values=[""])
    write_sheet(arguments.out, predictions[predictions["target"] == "student_score"].drop(columns="target"))
    result = report.get("prediction", {}).get("student_score", {"reason": report.get("reason")})
    write_json(arguments.annotations, {**result, "metrics": report["metrics"]})


if __name__ == "__main__":
    run(main)
