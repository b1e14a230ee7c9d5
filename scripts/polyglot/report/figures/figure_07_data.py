"""Compute Figure 7: the ranks of teachers by PG-Score under different weights of its two halves.

Reads scores.csv and ranking.weights.csv; α is the weight of the intrinsic half: score(α) = α · intrinsic z + (1 − α) ·
PGR. Writes the CSV for the figure (each teacher's average and rank at each α, its 95 % interval and tie group, and
Spearman's ρ between any two α over all teacher–language cells, with the printed ρ where the study is `published`) and a
JSON of annotations.
"""

import argparse
from itertools import combinations

import pandas as pd

from polyglot.analysis.clusters import clustered_spearman
from polyglot.analysis.ranking import WEIGHTED
from polyglot.analysis.reference import load
from polyglot.analysis.score import SCORES, WEIGHTS, pg_score
from polyglot.analysis.statistics import holm
from polyglot.analysis.summaries import anchor_note, cells_of_base, main_block
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.identity import derive_seed
from polyglot.core.sheets import read_sheet, write_sheet

PLACED = ["rank_low", "rank_high", "tie_group"]


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


def with_places(of_weights: pd.DataFrame, scores: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame:
    """`of_weights` with the rank's interval and the tie group, where every teacher has all cells and so all are ranked.

    `scores` are the cells that count; `ranking` rows of ranking.weights.csv of the base. At an α without intervals, as
    where anchors are not valid, all are one group; of a study without any, none is shown.
    """
    complete = len(scores) == ranking["teacher"].nunique() * scores.index.get_level_values("language").nunique()
    shown = complete and ranking["rank_low"].notna().any()
    known = ranking[ranking["tie_group"].notna() & shown].rename(columns={"teacher": "row", "weight": "column"})
    return of_weights.merge(known[["row", "column", *PLACED]], on=["row", "column"], how="left")


def agreement(scores: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Spearman's ρ over the cells between each pair of α, with Holm's correction over all pairs."""
    cells, pairs = scores.reset_index(), []
    for first, second in combinations(scores.columns, 2):
        own_seed = derive_seed(seed, "weights", f"{first:g}", f"{second:g}")
        pairs.append({"row": second, "column": first, **clustered_spearman(cells, first, second, own_seed)._asdict()})
    table = pd.DataFrame(pairs).rename(columns={"rho": "value"})
    return table.assign(p_holm=holm(table["p"].astype(object).where(table["p"].notna(), None).tolist()))


def with_printed(pairs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """`pairs` with the printed ρ of each; `table` has weight_a < weight_b."""
    named = table.rename(columns={"weight_a": "column", "weight_b": "row", "rho": "printed"})
    return pairs.merge(named, on=["row", "column"], how="left")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--ranking", required=True, help="ranking.weights.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True, help="student base of the ranked scores")
    parser.add_argument("--main-seed", required=True, type=int, help="the study's seed")
    parser.add_argument("--published", help="folder of the printed tables; only for the study of that name")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    rows = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    of_cells = cells_of_base(rows, arguments.main_base)
    scores = weighted(of_cells, WEIGHTS)
    ranking = read_sheet(arguments.ranking, WEIGHTED)
    ranks = with_places(orders(scores), scores, ranking[ranking["student_base"] == arguments.main_base])
    pairs = agreement(scores, arguments.main_seed)
    if arguments.published:
        pairs = with_printed(pairs, load(arguments.published)["figure07_rank_correlations"])
    columns = ["panel", "row", "column", "value", "rank", *PLACED, "n", "low", "high", "p", "p_holm", "printed"]
    drawn = [
        *ranks.assign(panel="rank").to_dict("records"),
        *pairs.assign(panel="spearman").to_dict("records"),
    ]
    whole_numbers = dict.fromkeys(["n", "rank", *PLACED], "Int64")
    write_sheet(arguments.out, pd.DataFrame(drawn, columns=columns).astype(whole_numbers))
    write_json(
        arguments.annotations,
        {
            "student_base": arguments.main_base,
            "cells": len(scores),
            "cells_left_out": int(len(of_cells) - len(scores)),
            "weights": WEIGHTS,
            "intervals": bool(ranks["rank_low"].notna().any()),
            "anchors": anchor_note(of_cells),
        },
    )


if __name__ == "__main__":
    run(main)
