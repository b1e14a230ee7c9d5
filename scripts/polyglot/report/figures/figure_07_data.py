"""Compute Figure 7: the ranks of teachers by PG-Score under different weights of its two halves.

Reads scores.csv; α is the weight of the intrinsic half: score(α) = α · intrinsic z + (1 − α) · PGR. Writes the CSV for
the figure (each teacher's average and rank at each α, and Spearman's ρ between any two α over all teacher–language
cells) and a JSON of annotations.
"""

import argparse
from itertools import combinations

import pandas as pd

from polyglot.analysis.score import SCORES, pg_score
from polyglot.analysis.statistics import holm, spearman
from polyglot.analysis.summaries import anchor_note, cells_of_base, main_block
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet

GRID = [0.0, 0.25, 0.5, 0.75, 1.0]


def weighted(of_cells: pd.DataFrame, weights: list[float]) -> pd.DataFrame:
    """Cell × α table of α · intrinsic z + (1 − α) · PGR, without cells that lack a half."""
    known = of_cells.dropna(subset=["z_intrinsic", "pgr"]).set_index(["teacher", "language"])
    scores = pd.DataFrame({alpha: pg_score(known["z_intrinsic"], known["pgr"], alpha) for alpha in weights})
    return scores.round(12)  # differences in rounding are ties


def orders(scores: pd.DataFrame) -> pd.DataFrame:
    """Rows (row: teacher, column: α, value: mean over languages, rank: 1 is the best, ties share the better rank)."""
    means = scores.groupby("teacher").mean()
    ranks = means.rank(ascending=False, method="min")
    table = means.stack().rename("value").to_frame().assign(rank=ranks.stack())
    return table.rename_axis(["row", "column"]).reset_index()


def agreement(scores: pd.DataFrame) -> pd.DataFrame:
    """Spearman's ρ over the cells between each pair of α, with Holm's correction over all pairs."""
    pairs = [
        {"row": second, "column": first, **spearman(scores[first], scores[second])._asdict()}
        for first, second in combinations(scores.columns, 2)
    ]
    table = pd.DataFrame(pairs).rename(columns={"rho": "value"})
    return table.assign(p_holm=holm(table["p"].astype(object).where(table["p"].notna(), None).tolist()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True, help="student base of the ranked scores")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    rows = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    of_cells = cells_of_base(rows, arguments.main_base)
    scores = weighted(of_cells, GRID)
    columns = ["panel", "row", "column", "value", "rank", "n", "low", "high", "p", "p_exact", "p_holm"]
    drawn = [
        *orders(scores).assign(panel="rank").to_dict("records"),
        *agreement(scores).assign(panel="spearman").to_dict("records"),
    ]
    write_sheet(arguments.out, pd.DataFrame(drawn, columns=columns).astype({"n": "Int64", "rank": "Int64"}))
    write_json(
        arguments.annotations,
        {
            "student_base": arguments.main_base,
            "cells": len(scores),
            "cells_left_out": int(len(of_cells) - len(scores)),
            "weights": GRID,
            "anchors": anchor_note(of_cells),
        },
    )


if __name__ == "__main__":
    run(main)
