"""Compute Figure 9: students beside the models that they should be judged by.

Reads measurements.csv; writes the CSV that is drawn, one row a (language, model): each teacher's student in the main
block (mean over trials), the untrained base and the reference, with the standard error of the score; and a JSON.
"""

import argparse

import numpy as np
import pandas as pd

from polyglot.errors import run
from polyglot.files import write_json
from polyglot.measurements import read_measurements
from polyglot.sheets import write_sheet


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows (language, kind, model, score, se); kind is student, base or reference.

    The error of a student is that of its evaluation, √(mean of se²) over trials; it says nothing about other trials.
    """
    students = rows.groupby(["language", "teacher"]).agg(
        score=("student_score", "mean"), se=("student_score_se", lambda errors: np.sqrt((errors**2).mean()))
    )
    parts = [students.reset_index().rename(columns={"teacher": "model"}).assign(kind="student")]
    for kind in ("base", "reference"):
        one = rows.groupby("language").agg(score=(f"{kind}_score", "first"), se=(f"{kind}_score_se", "first"))
        parts.append(one.reset_index().assign(kind=kind, model=kind))
    return pd.concat(parts, ignore_index=True)[["language", "kind", "model", "score", "se"]].dropna(subset=["score"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--student-base", required=True)
    parser.add_argument("--out", required=True, help="CSV of what is drawn")
    parser.add_argument("--annotations", required=True, help="JSON of what is written beside it")
    arguments = parser.parse_args()

    rows = read_measurements(arguments.measurements)
    main_rows = rows[
        (rows["recipe"] == arguments.main_recipe)
        & (rows["size"] == arguments.main_size)
        & (rows["student_base"] == arguments.student_base)
    ]
    write_sheet(arguments.out, compared(main_rows))
    write_json(arguments.annotations, {"student_base": arguments.student_base, "rows": len(main_rows)})


if __name__ == "__main__":
    run(main)
