"""Compute Figure 4: student performance against its prediction from the intrinsic metrics of the other languages.

Reads components.json and predictions.csv of the study's statistics; writes the CSV for the figure and a JSON with R² in
sample, leaving a language out and leaving a teacher out, with interval and p of each. For the study `published` the
figure has the points as they are drawn in the paper, with the teachers that their heights tell.
"""

import argparse

import pandas as pd

from polyglot.analysis.drawn_points import identified
from polyglot.analysis.reference import load
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_json, write_json
from polyglot.core.sheets import write_sheet


def printed_points(tables: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, Json]:
    """Rows (teacher, language, measured, predicted) as drawn, and what line in PG-Score the heights are.

    Raises InputError if no language has a point for each teacher, which tells neither teachers nor scale.
    """
    scores = tables["table01_pg_score"].query("language != 'average'")
    drawn = identified(tables["figure04_points"], scores)
    if drawn is None:
        raise InputError("figure04_points.csv: no language has a point for each teacher; add the missing points")
    names = {"drawn_measured": "measured", "drawn_predicted": "predicted"}
    rows = drawn.points.rename(columns=names)[["teacher", "language", "measured", "predicted"]]
    r2 = float(rows["measured"].corr(rows["predicted"]) ** 2)
    return rows, {"slope": drawn.slope, "intercept": drawn.intercept, "worst": drawn.worst, "r2": r2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", required=True, help="components.json of the study's statistics")
    parser.add_argument("--predictions", required=True, help="predictions.csv of the study's statistics")
    parser.add_argument("--published", help="folder of the printed tables; only for the study of that name")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    if arguments.published:
        rows, line = printed_points(load(arguments.published))
        write_sheet(arguments.out, rows)
        write_json(arguments.annotations, {"drawn": line})
        return
    report = read_json(arguments.components)
    predictions = pd.read_csv(arguments.predictions, keep_default_na=False, na_values=[""])
    write_sheet(arguments.out, predictions[predictions["target"] == "student_score"].drop(columns="target"))
    result = report.get("prediction", {}).get("student_score", {"reason": report.get("reason")})
    write_json(arguments.annotations, {**result, "metrics": report["metrics"], "drawn": None})


if __name__ == "__main__":
    run(main)
