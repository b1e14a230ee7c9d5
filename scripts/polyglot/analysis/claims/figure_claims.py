"""Claims about what the paper's figures show: Figures 3, 4, 7 and 9."""

import numpy as np
import pandas as pd

from polyglot.analysis.claims.evaluation_claims import GPT, LARGE, PUBLIC, SMALL
from polyglot.analysis.claims.ledger import Evidence, Outcome, about_print, claim, missing, near, outcome
from polyglot.analysis.claims.weight_claims import halves, rank_correlation, rounded_halves
from polyglot.analysis.drawn_points import Drawn, assigned, identified
from polyglot.analysis.score import pg_score
from polyglot.core.numerals import written

ROUNDING = 0.0005  # of a number printed with three decimals
READING = 0.0005  # of a height read from a drawing with four decimals
DRAWING = 0.002  # of a statistic over points that are read from a drawing
STEPS = {
    "public data": PUBLIC,
    "GPT-4o mini as teacher": GPT,
    "Gemma 3 27B as teacher": SMALL,
    "25k rows for 10k": LARGE,
}


@claim("F3-orthonormal", "Figure 3")
def loadings_are_orthonormal(evidence: Evidence) -> Outcome:
    """The drawn loadings are components of unit length at right angles, up to rounding."""
    if evidence.printed is None:
        return about_print()
    loadings = evidence.printed["figure03_loadings"].pivot(index="metric", columns="component", values="loading")
    products = loadings.to_numpy().T @ loadings.to_numpy()
    worst = float(np.abs(products - np.eye(len(products))).max())
    sizes = np.abs(loadings.to_numpy()).sum(axis=0)
    bound = ROUNDING * float((sizes[:, None] + sizes[None, :]).max())
    note = "Largest distance of a product of two components from 1 (with itself) or 0 (with another)."
    return outcome(worst <= bound, written(worst, 4), note, f"{bound:.4f}, what rounding of the loadings allows")


def drawn(evidence: Evidence) -> Drawn | None:
    """The points of Figure 4 with their teachers."""
    scores = evidence.printed["table01_pg_score"].query("language != 'average'")
    return identified(evidence.printed["figure04_points"], scores)


def explained(points: pd.DataFrame) -> float:
    """R² of the least-squares line through the drawn points, which no scale of an axis changes."""
    return float(np.corrcoef(points["drawn_measured"], points["drawn_predicted"])[0, 1] ** 2)


@claim("F4-axis", "Figure 4, Tables 1 and 12, implied anchors")
def the_axis_is_the_benchmark_score(evidence: Evidence) -> Outcome:
    """The heights of Figure 4 are the students' benchmark scores, as recovered from PGR and anchors."""
    if evidence.printed is None:
        return about_print()
    result, worst = drawn(evidence), 0.0
    for language, part in evidence.printed["figure04_points"].groupby("language"):
        own = evidence.cells[evidence.cells["language"] == language]
        actual = own["base_score"] + own["pgr"] * (own["reference_score"] - own["base_score"])
        if actual.notna().all() and len(own) >= len(part):
            worst = max(worst, assigned(part["drawn_measured"].to_numpy(), actual.to_numpy())[1])
    if not worst:
        return missing("student scores of a language, from anchors")
    line = (
        f" The line {written(result.intercept, 4)} + {written(result.slope, 4)} · PG-Score gives all"
        f" {len(result.points)} points to {written(result.worst, 4)}: the axis is PG-Score, rescaled."
        if result is not None and result.worst <= READING
        else ""
    )
    note = f"Largest distance of a point from the student's score, for the teachers that fit best.{line}"
    return outcome(worst <= READING, written(worst, 3), note, f"{READING:g}")


@claim("F4-target", "Figure 4, Tables 1, 11 and 12")
def the_target_does_not_hold_its_predictors(evidence: Evidence) -> Outcome:
    """No part of what Figure 4 predicts is made from the metrics that predict it."""
    if evidence.printed is None:
        return about_print()
    result = drawn(evidence)
    if result is None or result.worst > READING:
        return missing("what the axis of Figure 4 is: its points are on no line in PG-Score")
    cells = evidence.cells.dropna(subset=["z_intrinsic", "pgr"])
    half, whole = cells["z_intrinsic"] / 2, (cells["z_intrinsic"] + cells["pgr"]) / 2
    share = float(np.cov(half, whole)[0, 1] / whole.var())
    note = (
        "The predicted quantity is PG-Score, half of which is the mean z-score of four of the predicting metrics. The"
        " number is the share of its variance that this half brings: cov(z / 2, PG-Score) / var(PG-Score)."
    )
    return outcome(abs(share) <= ROUNDING, written(share, 2), note, f"{ROUNDING:g}")


@claim("F4-rmse", "Figure 4, Table 1")
def error_of_the_prediction(evidence: Evidence) -> Outcome:
    """The root mean squared error is 0.440."""
    if evidence.printed is None:
        return about_print()
    result = drawn(evidence)
    if result is None or result.worst > READING:
        return missing("what the axis of Figure 4 is: its points are on no line in PG-Score")
    spread = float(result.points["pg_score"].std(ddof=0))
    error = spread * float(np.sqrt(1 - explained(result.points)))
    note = (
        f"SD of PG-Score over the {len(result.points)} drawn points, {written(spread)}, times √(1 − R²) of the line"
        " through them; the two axes are rescaled apart, so that their difference is no error."
    )
    return near(error, 0.440, DRAWING, note)


@claim("F4-heldout", "Figure 4")
def r2_is_of_a_held_out_fifth(evidence: Evidence) -> Outcome:
    """The printed R² of 0.664 is that of the fifth that was held out."""
    if evidence.printed is None:
        return about_print()
    points, cells = evidence.printed["figure04_points"], len(evidence.cells)
    value = explained(points)
    if abs(value - 0.664) > DRAWING:
        return missing(f"the points that the R² is of; a line through the drawn ones has {written(value)}")
    note = (
        f"A line through all {len(points)} drawn points of {cells} cells has the printed R², so that it is in sample; a"
        f" fifth would be {cells // 5} points."
    )
    return outcome(len(points) <= -(-cells // 5), written(value), note, f"{DRAWING:g}")


@claim("F7-cells", "Figure 7, Tables 11 and 12")
def correlations_between_weights_follow(evidence: Evidence) -> Outcome:
    """The ten rank correlations of Figure 7 follow from Tables 11 and 12."""
    if evidence.printed is None:
        return about_print()
    table = evidence.printed["figure07_rank_correlations"]
    parts, moved = halves(evidence), rounded_halves(evidence)
    gaps, wrong = [], []
    for row in table.itertuples():
        own, spread = (
            rank_correlation(pg_score(*item, row.weight_a), pg_score(*item, row.weight_b)) for item in (parts, moved)
        )
        gaps.append(abs(float(own) - row.rho))
        if not spread.min() - 0.005 <= row.rho <= spread.max() + 0.005:
            wrong.append(f"{row.weight_a:g} and {row.weight_b:g}: printed {row.rho}, recomputed {written(float(own))}")
    note = f"Largest distance of {len(table)} correlations. Outside what rounding allows: {'; '.join(wrong) or 'none'}."
    tolerance = "0.005 around the range that rounding of Tables 11 and 12 allows"
    return outcome(not wrong, written(max(gaps), 4), note, tolerance)


@claim("F9-table19", "Figure 9, Table 19")
def steps_have_the_scores_of_table_19(evidence: Evidence) -> Outcome:
    """The steps of Figure 9 that Table 19 holds have its scores."""
    if evidence.printed is None:
        return about_print()
    steps = evidence.printed["figure09_filbench"].set_index("step")["filbench_score"]
    scores = evidence.printed["table19_filbench"].set_index("model")["filbench_score"]
    gaps = {step: abs(steps[step] - scores[model]) for step, model in STEPS.items()}
    note = f"Largest distance, over {len(gaps)} of {len(steps)} steps: {', '.join(gaps)}. Figure 9 has one decimal."
    return near(max(gaps.values()), 0, 0.05, note, 2)
