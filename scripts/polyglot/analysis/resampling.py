"""Resample a study of one student base: items, rows and trials together, for all scores of all teachers at once.

Languages are fixed: a user has theirs. Within a language one draw perturbs every teacher alike: the same items are
drawn for students, base and reference, and the same requests for the rows of all data sets, so that what all share
cancels in differences. A draw is the estimate plus Σ εᵢ aᵢ with standard normal ε and the deviations a of the standard
errors; its variance is exactly the unbiased one, and each source's ε are stretched to Student's t by the source's
degrees of freedom, so that few items, rows or trials make wide intervals. Scores without any spread get the bound of
the standard errors instead of none.

A z-score stands on the spread between cells, to which errors add: a draw's spread is taken less what errors add to it,
else every z of a noisy study would be drawn too small.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from polyglot.analysis.score import pg_score
from polyglot.evaluation.standard_errors import bound, deviations

LEAST = 0.05  # of a variance between cells that counts as real, however large the errors are


@dataclass(frozen=True)
class Panel:
    """One language of a student base, its cells side by side; C cells, n items, R requests.

    `items`: benchmark, weight and stratum of each item. `base`, `reference`: (n,) scores of the anchors. `students`:
    for each cell (n, trials). `features`: (C, 4), the intrinsic features, more is better. `shares`: (R, C, 4), each
    request's share in their errors. `teachers`: the place of each cell's teacher among all.
    """

    items: pd.DataFrame
    base: np.ndarray
    reference: np.ndarray
    students: Sequence[np.ndarray]
    features: np.ndarray
    shares: np.ndarray
    teachers: Sequence[int]


@dataclass(frozen=True)
class Draws:
    """Scores by name: `estimate` (teachers, languages) and `drawn` (draws, teachers, languages); NaN without a cell.

    `variances`: of the difference in gain between two teachers, from each source alone, (teachers, teachers,
    languages). `trial_freedom`: degrees of freedom of the variance between trials; 0 if no cell has two, and then
    intervals do not hold it.
    """

    estimate: dict[str, np.ndarray]
    drawn: dict[str, np.ndarray]
    variances: dict[str, np.ndarray]
    trial_freedom: int


def resample(panels: Sequence[Panel], teachers: int, draws: int, seed: int) -> Draws:
    """Resample the panels of one student base, one a language."""
    random = np.random.default_rng(seed)
    variance, freedom = trial_variance(panels)
    shape = (teachers, len(panels))
    means = {name: np.full(shape, np.nan) for name in ("student", "base", "reference")}
    drawn = {name: np.full((draws, *shape), np.nan) for name in means}
    features, drawn_features = np.full((*shape, 4), np.nan), np.full((draws, *shape, 4), np.nan)
    sources = {name: np.full((teachers, *shape), np.nan) for name in ("items", "trials")}
    for place, panel in enumerate(panels):
        cells = (list(panel.teachers), place)
        values, shares, edges = _of_items(panel)
        noise = _noise(random, draws, shares, _item_freedom(panel))
        noise[:, :-1] += random.standard_normal((draws, len(edges))) * edges
        between = variance / np.array([trials.shape[1] for trials in panel.students])
        spread = _stretch(random, draws, freedom) * random.standard_normal((draws, len(between)))
        trials = spread * np.sqrt(between)
        for name, column in (("base", -1), ("reference", -2)):
            means[name][cells] = values[column]
            drawn[name][:, *cells] = (values[column] + noise[:, column])[:, None]
        means["student"][cells] = values[:-2]
        drawn["student"][:, *cells] = values[:-2] + noise[:, :-2] + trials
        pairs = (*np.ix_(panel.teachers, panel.teachers), place)
        sources["items"][pairs] = _of_differences(shares[:, :-2].T @ shares[:, :-2] + np.diag(np.square(edges[:-1])))
        sources["trials"][pairs] = _of_differences(np.diag(between))
        features[cells] = panel.features
        requests, cells_here, _ = panel.shares.shape
        flat = panel.shares.reshape(requests, -1)
        rows = _noise(random, draws, flat, requests - 1)
        drawn_features[:, *cells] = panel.features + rows.reshape(draws, cells_here, 4)
    estimate = scores_of(*(means[name][None] for name in means), features[None])
    # a draw has errors twice: those of the estimate and its own
    errors = (drawn["student"] - drawn["base"]) - (means["student"] - means["base"])
    noise = (2 * _spread(errors), 2 * _spread(drawn_features - features))
    return Draws(
        {name: values[0] for name, values in estimate.items()},
        scores_of(*(drawn[name] for name in means), drawn_features, noise),
        sources,
        freedom,
    )


def _of_differences(covariance: np.ndarray) -> np.ndarray:
    """Variance of the difference between each two of some values, from their covariance."""
    return np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance


def _spread(errors: np.ndarray) -> np.ndarray:
    """The variance over teachers and languages that errors (draws, teachers, languages, …) cause, mean over draws."""
    return _moments(errors)[1].mean(axis=0)[0, 0]


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and population variance of the known values of each draw, axes kept; NaN where none is known."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        count = known.sum(axis=(1, 2), keepdims=True)
        mean = np.where(known, values, 0.0).sum(axis=(1, 2), keepdims=True) / count
        return mean, np.where(known, (values - mean) ** 2, 0.0).sum(axis=(1, 2), keepdims=True) / count


def trial_variance(panels: Sequence[Panel]) -> tuple[float, int]:
    """Variance of a student's score between trials, pooled over all cells, and its degrees of freedom; 0 without any.

    Scores of trials differ also because a student answers some items otherwise; that part is in the items' errors
    already, and is taken off here.
    """
    total, freedom = 0.0, 0
    for panel in panels:
        for trials in panel.students:
            count = trials.shape[1]
            if count > 1:
                values, shares = _linear(panel, trials)
                answers = np.square(shares - shares.mean(axis=1, keepdims=True)).sum() / (count - 1)
                if np.isfinite(answers):
                    total += (count - 1) * (np.var(values, ddof=1) - answers)
                    freedom += count - 1
    return (max(total / freedom, 0.0) if freedom else 0.0), freedom


def _of_items(panel: Panel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of all students, the reference and the base, each item's share in their errors, and bounds.

    Bounds (students and reference) are the errors of the benchmarks in which a model differs from the base on no item,
    or on all alike.
    """
    models = np.column_stack([*(trials.mean(axis=1) for trials in panel.students), panel.reference, panel.base])
    values, shares = _linear(panel, models)
    squares = np.zeros(models.shape[1] - 1)
    benchmarks = _benchmarks(panel)
    for places, weights in benchmarks:
        difference = shares[places, :-1] - shares[places, -1:]
        flat = np.abs(difference).sum(axis=0) <= 1e-12
        squares += np.where(flat, (bound(weights) / len(benchmarks)) ** 2, 0.0)
    return values, shares, np.sqrt(squares)


def _linear(panel: Panel, models: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over benchmarks of each column of `models` (n, m), and each item's share in its error, (n, m)."""
    strata = panel.items["stratum"].to_numpy()
    benchmarks = _benchmarks(panel)
    values, shares = np.zeros(models.shape[1]), np.zeros(models.shape)
    for places, weights in benchmarks:
        values += weights @ models[places] / weights.sum() / len(benchmarks)
        shares[places] = deviations(models[places], weights, strata[places]) / len(benchmarks)
    return values, shares


def _benchmarks(panel: Panel) -> list[tuple[np.ndarray, np.ndarray]]:
    """Places and weights of each benchmark's items."""
    weights = panel.items["weight"].to_numpy()
    groups = panel.items.groupby("benchmark", sort=False).indices.values()
    return [(places, weights[places]) for places in groups]


def _item_freedom(panel: Panel) -> int:
    strata = panel.items[["benchmark", "stratum"]].drop_duplicates()
    return max(len(panel.items) - len(strata), 1)


def _noise(random: np.random.Generator, draws: int, shares: np.ndarray, freedom: int) -> np.ndarray:
    """Errors of each draw and value, (draws, values), from each unit's share in them, (units, values); NaN of a NaN.

    Sums of independent normal errors of units are normal with the covariance sharesᵀ shares, which a root of it gives
    to as many errors as there are values, in place of one a unit.
    """
    noise, known = np.full((draws, shares.shape[1]), np.nan), np.isfinite(shares).all(axis=0)
    # values that are alike have the same errors exactly, and so no difference
    unlike, places = np.unique(shares[:, known], axis=1, return_inverse=True)
    root = np.linalg.qr(unlike, mode="r")
    root *= np.where(np.diagonal(root) < 0, -1.0, 1.0)[:, None]  # whichever sign a library gives a row
    noise[:, known] = (random.standard_normal((draws, len(root))) @ root)[:, places]
    return noise * _stretch(random, draws, freedom)


def _stretch(random: np.random.Generator, draws: int, freedom: int) -> np.ndarray:
    """What makes a normal draw one of Student's t: √(ν / χ²), one a draw, (draws, 1); 1 for 0 degrees of freedom."""
    if freedom < 1:
        return np.ones((draws, 1))
    return np.sqrt(freedom / random.chisquare(freedom, (draws, 1)))


def scores_of(
    student: np.ndarray,
    base: np.ndarray,
    reference: np.ndarray,
    features: np.ndarray,
    noise: tuple[np.ndarray | float, np.ndarray | float] = (0.0, 0.0),
) -> dict[str, np.ndarray]:
    """All scores, (draws, teachers, languages), from what they are made of; features (draws, teachers, languages, 4).

    `noise`: the variance that errors add to the cells' spread of gain, and of each feature, in these values.
    """
    gain = student - base
    with np.errstate(divide="ignore", invalid="ignore"):
        pgr = gain / (reference - base)
        z, z_gain = _z(features, noise[1]).mean(axis=3), _z(gain, noise[0])
    return {
        "gain": gain,
        "pgr": pgr,
        "z_intrinsic": z,
        "pg_score": pg_score(z, pgr),
        "pg_score_gain": pg_score(z, z_gain),
    }


def _z(values: np.ndarray, noise: np.ndarray | float = 0.0) -> np.ndarray:
    """z-scores over each draw's teachers and languages, population SD, as in score.z_scores; NaN without spread."""
    mean, variance = _moments(values)
    spread = np.sqrt(np.maximum(variance - noise, LEAST * variance))
    return (values - mean) / np.where(variance > 1e-24, spread, np.nan)
