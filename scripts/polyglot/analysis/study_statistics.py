"""Compute the statistics of a study's main student base: correlations, mixed effects, components of the metrics.

Reads scores.csv and teachers.csv; writes into one folder: correlations.csv (each family of tests with Holm's
correction), mixed.json (Table 3), components.json and predictions.csv (Table 4, Figures 3 and 4), and statistics.md,
which says the same for people. All of it is over cells: trials are averaged first.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from polyglot.analysis.clusters import clustered_spearman
from polyglot.analysis.regression import component_prediction, components, enough_components, mixed_effects
from polyglot.analysis.score import INTRINSIC, SCORES, features
from polyglot.analysis.statistics import holm
from polyglot.analysis.statistics_page import page
from polyglot.analysis.summaries import anchor_note, main_block
from polyglot.core.errors import run
from polyglot.core.files import whole, write_json
from polyglot.core.identity import derive_seed
from polyglot.core.sheets import read_sheet, write_sheet

LENGTHS = ["prompt_length", "response_length"]
PREDICTORS = ["log_size", "performance"]
TARGETS = ["student_score", "pgr"]


def of_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over trials of each (teacher, language), with perplexity as −log(1 + perplexity): more is better."""
    metrics = pd.concat(
        [features(rows), rows[[*LENGTHS, "z_intrinsic", "pgr", "gain", "pg_score", "student_score"]]], axis=1
    )
    return metrics.groupby([rows["teacher"], rows["language"]]).mean().reset_index()


def correlations(cells: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Spearman's ρ of the intrinsic z and of each metric with PGR and with gain; Holm's correction in each family."""
    rows = []
    for family, names in (("halves", ["z_intrinsic"]), ("metrics", [*INTRINSIC, *LENGTHS])):
        results = [
            {
                "family": family,
                "first": name,
                "second": other,
                **clustered_spearman(cells, name, other, derive_seed(seed, "correlation", name, other))._asdict(),
            }
            for name in names
            for other in ("pgr", "gain")
        ]
        for row, corrected in zip(results, holm([row["p"] for row in results]), strict=True):
            rows.append({**row, "p_holm": corrected})
    return pd.DataFrame(rows)


def principal(cells: pd.DataFrame, seed: int) -> tuple[dict, pd.DataFrame]:
    """Components of the metrics that are known in every cell, and how well they predict students elsewhere."""
    usable = [name for name in [*INTRINSIC, *LENGTHS] if cells[name].notna().all() and np.ptp(cells[name]) > 0]
    report = {
        "cells": len(cells),
        "metrics": usable,
        "left_out": [name for name in [*INTRINSIC, *LENGTHS] if name not in usable],
    }
    predictions = pd.DataFrame(columns=["target", "teacher", "language", "measured", "predicted"])
    if len(usable) < 2 or len(cells) < 3:
        return {
            **report,
            "reason": f"{len(cells)} cells with {len(usable)} known metrics have no components",
        }, predictions
    results = components(cells[usable])
    count = enough_components(results.explained)
    report |= {
        "explained": results.explained.tolist(),
        "loadings": {name: column.to_dict() for name, column in results.loadings.items()},
        "prediction": {},
    }
    parts = []
    for target in TARGETS:
        known = cells[cells[target].notna()]
        result = component_prediction(
            known[usable], known[target].to_numpy(), known, count, derive_seed(seed, "permutation", target)
        )
        predicted = result.pop("predicted", None)
        report["prediction"][target] = result
        if predicted is not None:
            columns = {"target": target, "measured": known[target], "predicted": predicted}
            parts.append(known[["teacher", "language"]].assign(**columns))
    return report, pd.concat(parts)[predictions.columns] if parts else predictions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--teachers", required=True, help="teachers.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True, help="student base whose cells are analysed")
    parser.add_argument("--mixtures", nargs="+", default=[], help="mixtures of other teachers, which are left out")
    parser.add_argument("--seed", required=True, type=int, help="the study's seed")
    parser.add_argument("--out", required=True, type=Path, help="folder to write into")
    arguments = parser.parse_args()

    scores = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    scores = scores[
        ~scores["teacher"].isin(arguments.mixtures)
    ]  # cells that hold rows of others are not independent of them
    rows = scores[scores["student_base"] == arguments.main_base]
    cells = of_cells(rows)
    facts = pd.read_csv(arguments.teachers).assign(log_size=lambda table: np.log(table["size_b"]))
    with_facts = cells.merge(facts[["teacher", *PREDICTORS]], on="teacher", how="left", validate="many_to_one")
    report, predictions = principal(cells, arguments.seed)

    result = correlations(cells, arguments.seed)
    mixed = {name: mixed_effects(with_facts, name) for name in PREDICTORS} | {"anchors": anchor_note(rows)}

    write_sheet(arguments.out / "correlations.csv", result)
    write_json(arguments.out / "mixed.json", mixed)
    write_json(arguments.out / "components.json", report)
    write_sheet(arguments.out / "predictions.csv", predictions)
    with whole(arguments.out / "statistics.md") as temporary:
        temporary.write_text(page(arguments.main_base, result, mixed, report), encoding="utf-8")


if __name__ == "__main__":
    run(main)
