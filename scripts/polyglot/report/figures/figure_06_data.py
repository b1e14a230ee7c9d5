"""Compute Figure 6: translation by the teacher against translation by a dedicated model.

Reads scores.csv; writes the CSV that is drawn, one row a (teacher, language, recipe) of the recipes that are compared,
and a JSON of annotations. Only recipes that the study has are drawn.
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
    parser.add_argument("--out", required=True, help="CSV of what is drawn")
    parser.add_argument("--annotations", required=True, help="JSON of what is written beside it")
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
