"""Compute Figure 9: students beside their untrained base and the reference.

Reads measurements.csv and ranking.csv. Writes the CSV for the figure, one row per (language, model): each teacher's
student in the main block (mean over trials), the untrained base and the reference, with the standard error of the
score, and each teacher's tie group by gain in the language; and a JSON of annotations. With --comparison, the figure
shows that comparison of students with other models instead.
"""

import argparse

import pandas as pd

from polyglot.analysis.comparison import COMPARISON, compared
from polyglot.analysis.measurements import read_measurements
from polyglot.analysis.ranking import RANKING
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet


def tied(drawn: pd.DataFrame, ranking: pd.DataFrame, student_base: str) -> pd.DataFrame:
    """`drawn` with the tie group by gain of each student in its language, where gains have intervals."""
    gains = ranking[(ranking["score"] == "gain") & (ranking["student_base"] == student_base) & ranking["low"].notna()]
    groups = gains[["language", "teacher", "tie_group"]].rename(columns={"teacher": "model"}).assign(kind="student")
    return drawn.merge(groups, on=["language", "model", "kind"], how="left")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True)
    parser.add_argument("--ranking", required=True, help="ranking.csv of the study")
    parser.add_argument("--comparison", help="comparison.csv, if the study has one")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    if arguments.comparison:
        drawn, named_by = (
            read_sheet(arguments.comparison, COMPARISON).assign(tie_group=pd.NA),
            "teacher, recipe and rows",
        )
    else:
        rows = read_measurements(arguments.measurements)
        main_rows = rows[
            (rows["recipe"] == arguments.main_recipe)
            & (rows["size"] == arguments.main_size)
            & (rows["student_base"] == arguments.main_base)
        ]
        ranking = read_sheet(arguments.ranking, RANKING)
        drawn, named_by = tied(compared(main_rows), ranking, arguments.main_base), "teacher"
    write_sheet(arguments.out, drawn.astype({"tie_group": "Int64"}))
    write_json(
        arguments.annotations,
        {
            "student_base": arguments.main_base,
            "rows": int((drawn["kind"] == "student").sum()),
            "named_by": named_by,
            "ties": bool(drawn["tie_group"].notna().any()),
            "others": bool((drawn["kind"] == "other").any()),
        },
    )


if __name__ == "__main__":
    run(main)
