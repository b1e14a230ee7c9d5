"""Compute Figure 7: the ranks of teachers by PG-Score under different weights of its two halves.

Reads scores.csv; α is the weight of the intrinsic half: score(α) = α · intrinsic z + (1 − α) · PGR. Writes the CSV for
the figure (each teacher's average and rank at each α, with the rank's interval and the tie group where a study has
observations and valid anchors, and Spearman's ρ between any two α over all teacher–language cells) and a JSON of
annotations. The correlations have intervals and no p: scores that share their halves are never independent.
"""

import argparse
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pandas as pd

from polyglot.analysis.clusters import clustered_spearman
from polyglot.analysis.observations import Observations, Table, read_observations
from polyglot.analysis.ranking import draws_of, ranked_rows
from polyglot.analysis.score import SCORES, pg_score
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


def uncertain(
    rows: pd.DataFrame, observations: Mapping[Table, Observations], weights: list[float], seed: int
) -> pd.DataFrame:
    """Rows (row, column, low, high, tie_group): a 95 % interval of each teacher's rank at each α, and its tie group.

    `rows` are those of scores.csv of one student base. Empty without observations, or where an anchor is not valid.
    """
    base = rows["student_base"].iloc[0]
    draws, teachers, _, valid = draws_of(base, rows, observations, seed)
    if draws is None or not all(valid):
        return pd.DataFrame(columns=["row", "column", "low", "high", "tie_group"])
    ranked = []
    for alpha in weights:
        estimate, drawn = (
            pg_score(2 * values["pg_score"] - values["pgr"], values["pgr"], alpha)
            for values in (draws.estimate, draws.drawn)
        )
        ranked += ranked_rows({"column": alpha}, teachers, estimate.mean(axis=1), drawn.mean(axis=2))
    table = pd.DataFrame(ranked).drop(columns=["low", "high"])
    names = {"teacher": "row", "rank_low": "low", "rank_high": "high"}
    return table.rename(columns=names)[["row", "column", "low", "high", "tie_group"]]


def agreement(scores: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Spearman's ρ over the cells between each pair of α."""
    of_cells = scores.reset_index()
    pairs = [
        {"row": second, "column": first, **clustered_spearman(of_cells, first, second, seed)._asdict()}
        for first, second in combinations(scores.columns, 2)
    ]
    return pd.DataFrame(pairs).rename(columns={"rho": "value"}).drop(columns="p")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True, help="student base of the ranked scores")
    parser.add_argument("--main-seed", required=True, type=int, help="the study's seed")
    parser.add_argument("--observations", type=Path, help="folder of {student_base}/{language}.items.parquet and so on")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    rows = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    of_cells = cells_of_base(rows, arguments.main_base)
    scores = weighted(of_cells, GRID)
    columns = ["panel", "row", "column", "value", "rank", "n", "low", "high", "tie_group"]
    own = rows[rows["student_base"] == arguments.main_base]
    observations = read_observations(arguments.observations, own) if arguments.observations else {}
    ranks = orders(scores)
    intervals = uncertain(own, observations, GRID, arguments.main_seed).set_index(["row", "column"])
    places = pd.MultiIndex.from_frame(ranks[["row", "column"]])
    ranks = pd.concat([ranks, intervals.reindex(places).reset_index(drop=True)], axis=1)
    drawn = [
        *ranks.assign(panel="rank").to_dict("records"),
        *agreement(scores, arguments.main_seed).assign(panel="spearman").to_dict("records"),
    ]
    table = pd.DataFrame(drawn, columns=columns)
    write_sheet(arguments.out, table.astype({"n": "Int64", "rank": "Int64", "tie_group": "Int64"}))
    write_json(
        arguments.annotations,
        {
            "student_base": arguments.main_base,
            "cells": len(scores),
            "cells_left_out": int(len(of_cells) - len(scores)),
            "weights": GRID,
            "anchors": anchor_note(of_cells),
            "intervals": bool(ranks["low"].notna().any()),
        },
    )


if __name__ == "__main__":
    run(main)
