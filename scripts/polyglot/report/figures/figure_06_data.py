"""Compute Figure 6: translation by the teacher against translation by a dedicated model.

Reads scores.csv; writes the CSV for the figure, one row per (teacher, language, recipe) of the compared recipes, and a
JSON of annotations. Recipes that the study lacks are left out.
"""

import argparse
import json

from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import anchor_note
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--recipes", required=True, type=json.loads, help="JSON list of the recipes to compare")
    parser.add_argument("--main-base", required=True)
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    scores = read_sheet(arguments.scores, SCORES)
    rows = scores[scores["recipe"].isin(arguments.recipes) & (scores["student_base"] == arguments.main_base)]
    groups = rows.groupby(["teacher", "language", "recipe"])["pg_score"]
    table = groups.mean().to_frame("pg_score").assign(pg_score_se=groups.sem(), trials=groups.size())
    write_sheet(arguments.out, table.dropna(subset=["pg_score"]).reset_index())
    present = [recipe for recipe in arguments.recipes if recipe in set(rows["recipe"])]
    write_json(
        arguments.annotations,
        {"student_base": arguments.main_base, "recipes": present, "anchors": anchor_note(rows)},
    )


if __name__ == "__main__":
    run(main)
