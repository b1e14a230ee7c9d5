"""Compute Figure 9: students beside their untrained base and the reference.

Reads measurements.csv and ranking.csv. Writes the CSV for the figure, one row per (language, model): each teacher's
student in the main block (mean over trials) with its tie group, the untrained base and the reference, with the standard
error of the score; and a JSON of annotations. With --comparison, the figure shows that comparison of students with
other models instead; those of the main block have tie groups there too. For the study `published` it shows the steps
of the paper's own figure.
"""

import argparse

import numpy as np
import pandas as pd

from polyglot.analysis.comparison import COMPARISON, compared, student_name
from polyglot.analysis.measurements import read_measurements
from polyglot.analysis.ranking import RANKING
from polyglot.analysis.reference import load
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet


def with_ties(drawn: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame:
    """`drawn` with the tie groups by gain, whose order is that of scores, where these have intervals.

    `ranking`: rows of ranking.csv of the base, its column teacher the names of the students.
    """
    known = ranking[(ranking["score"] == "gain") & ranking["low"].notna()]
    groups = known.rename(columns={"teacher": "model"})[["language", "model", "tie_group"]].assign(kind="student")
    return drawn.merge(groups, on=["language", "kind", "model"], how="left")


def printed_steps(table: pd.DataFrame) -> pd.DataFrame:
    """The steps in the figure's columns, from the first to the last; scores are shares, without errors or ties."""
    rows = table.rename(columns={"step": "model"}).assign(language="tl", kind="step", se=np.nan, tie_group=np.nan)
    return rows.assign(score=rows["filbench_score"] / 100)[["language", "kind", "model", "score", "se", "tie_group"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument("--ranking", required=True, help="ranking.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True)
    parser.add_argument("--comparison", help="comparison.csv, if the study has one")
    parser.add_argument("--published", help="folder of the printed tables; only for the study of that name")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    if arguments.published:
        write_sheet(arguments.out, printed_steps(load(arguments.published)["figure09_filbench"]))
        write_json(arguments.annotations, {"steps": True})
        return
    if arguments.comparison:
        drawn, named_by = read_sheet(arguments.comparison, COMPARISON), "teacher, recipe and rows"
    else:
        rows = read_measurements(arguments.measurements)
        main_rows = rows[
            (rows["recipe"] == arguments.main_recipe)
            & (rows["size"] == arguments.main_size)
            & (rows["student_base"] == arguments.main_base)
        ]
        drawn, named_by = compared(main_rows), "teacher"
    ranking = read_sheet(arguments.ranking, RANKING)
    ranking = ranking[ranking["student_base"] == arguments.main_base]
    if arguments.comparison:
        names = [student_name(name, arguments.main_recipe, arguments.main_size) for name in ranking["teacher"]]
        ranking = ranking.assign(teacher=names)
    drawn = with_ties(drawn, ranking)
    write_sheet(arguments.out, drawn)
    write_json(
        arguments.annotations,
        {
            "steps": False,
            "student_base": arguments.main_base,
            "rows": int((drawn["kind"] == "student").sum()),
            "named_by": named_by,
            "tied": bool(drawn["tie_group"].notna().any()),
            "others": bool((drawn["kind"] == "other").any()),
        },
    )


if __name__ == "__main__":
    run(main)
