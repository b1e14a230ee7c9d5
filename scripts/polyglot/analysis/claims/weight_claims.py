"""Claims about the two halves of the PG-Score and their weights: appendix G.4."""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from polyglot.analysis.claims.ledger import Evidence, Outcome, claim, missing, outcome, within
from polyglot.analysis.clusters import clustered_spearman
from polyglot.analysis.score import INTRINSIC, WEIGHTS, features, pg_score
from polyglot.analysis.statistics import spearman
from polyglot.core.numerals import written

DRAWS = 500
Halves = tuple[np.ndarray, np.ndarray]


def known_cells(evidence: Evidence) -> pd.DataFrame:
    """The cells that have both halves."""
    return evidence.cells.dropna(subset=["z_intrinsic", "pgr"])


def halves(evidence: Evidence) -> Halves:
    """Intrinsic z and PGR of the cells that have both."""
    known = known_cells(evidence)
    return known["z_intrinsic"].to_numpy(), known["pgr"].to_numpy()


def rounded_halves(evidence: Evidence) -> Halves:
    """Intrinsic z and PGR, (draws, cells), for inputs moved at random within the rounding of print (fixed seed)."""
    table = evidence.printed["table11_intrinsic"].merge(evidence.printed["table12_pgr"], on=["teacher", "language"])
    table = table.rename(columns={"reward_score": "judge_score"})
    random = np.random.default_rng(0)
    shape = (DRAWS, len(table))
    parts = []
    for name, column in features(table[INTRINSIC]).items():
        # perplexity is left as it is: its logarithm hardly moves within the rounding
        unit = 0.0 if name == "perplexity" else 0.0005
        moved = column.to_numpy() + random.uniform(-unit, unit, shape)
        parts.append((moved - moved.mean(axis=1, keepdims=True)) / moved.std(axis=1, keepdims=True))
    return np.mean(parts, axis=0), table["pgr"].to_numpy() + random.uniform(-0.0005, 0.0005, shape)


def rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's ρ along the last axis."""
    x, y = (rankdata(item, axis=-1) for item in (first, second))
    x, y = (item - item.mean(axis=-1, keepdims=True) for item in (x, y))
    return (x * y).sum(axis=-1) / np.sqrt((x**2).sum(axis=-1) * (y**2).sum(axis=-1))


def agreement(evidence: Evidence, first: float, second: float, paper: float) -> Outcome:
    """ρ between the scores at two weights, against the paper's with two decimals.

    For print the tolerance is half a unit of the paper's number and what rounding of the inputs does to ρ.
    """
    parts = halves(evidence)
    cells = known_cells(evidence).assign(first=pg_score(*parts, first), second=pg_score(*parts, second))
    result = clustered_spearman(cells, "first", "second", seed=0)
    if result.rho is None:
        return missing("fewer than three cells have both halves of the score")
    if evidence.printed is None:
        return within(result.low, result.high, written(result.rho), paper, f"n = {result.n} cells.")
    moved = rounded_halves(evidence)
    spread = rank_correlation(pg_score(*moved, first), pg_score(*moved, second))
    low, high = float(spread.min()), float(spread.max())
    holds = low - 0.005 <= paper <= high + 0.005
    note = (
        f"n = {result.n} cells. Within the rounding of Tables 11 and 12 it lies between {written(low)} and"
        f" {written(high)}."
    )
    return outcome(holds, written(result.rho), note, "0.005 around that range")


@claim("G4-rho", "Tables 11 and 12")
def halves_correlate(evidence: Evidence) -> Outcome:
    """Intrinsic and extrinsic halves correlate at 0.41."""
    return agreement(evidence, 1.0, 0.0, 0.41)


@claim("G4-n", "Tables 11 and 12")
def pairs_in_the_weighting_study(evidence: Evidence) -> Outcome:
    """The study is said to have 30 pairs, and 10 × 6."""
    count = len(halves(evidence)[0])
    if evidence.printed is None:
        return outcome(count == 30, str(count), "Cells with both halves of the score in this study.")
    three = evidence.cells[evidence.cells["language"].isin(["ar", "de", "id"])]
    other = spearman(three["z_intrinsic"], three["pgr"]).rho
    note = (
        f"All {count} cells of Tables 11 and 12 give the printed correlation of 0.41; the {len(three)} cells of Arabic,"
        f" German and Indonesian give {written(other, 2)}."
    )
    return outcome(count == 30, str(count), note)


@claim("G4-adjacent", "Tables 11 and 12")
def adjacent_weights_agree(evidence: Evidence) -> Outcome:
    """Neighbouring weights give rank correlations of at least 0.90."""
    parts = halves(evidence)
    if len(parts[0]) < 5:
        return missing("fewer than five cells have both halves of the score")
    mixed = {alpha: pg_score(*parts, alpha) for alpha in WEIGHTS}
    results = {pair: float(rank_correlation(mixed[pair[0]], mixed[pair[1]])) for pair in pairwise(WEIGHTS)}
    pair = min(results, key=results.get)
    note = f"The least, between α = {pair[0]:g} and {pair[1]:g}, over weights 0, 0.25, 0.5, 0.75 and 1."
    return outcome(results[pair] >= 0.895, written(results[pair]), note, "0.005 below 0.90")


@claim("G4-ext", "Tables 11 and 12")
def equal_weights_against_extrinsic(evidence: Evidence) -> Outcome:
    """Equal weights against the extrinsic half alone: 0.89."""
    return agreement(evidence, 0.5, 0.0, 0.89)


@claim("G4-int", "Tables 11 and 12")
def equal_weights_against_intrinsic(evidence: Evidence) -> Outcome:
    """Equal weights against the intrinsic half alone: 0.74."""
    return agreement(evidence, 0.5, 1.0, 0.74)
