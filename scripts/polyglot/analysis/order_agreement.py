"""How well two orders of the same teachers agree beyond the errors of their scores: Spearman's ρ with an interval.

Errors alone make two equal orders look unlike, so that draws about the estimates never reach the ρ of one and the same
order. Scores of each side are therefore taken as real values and errors: the covariance of the estimates, drawn from
the inverse Wishart distribution of a sample of so many teachers, less that of the errors is the real values' own, and
from it come draws of what the real values are, given the estimates (empirical Bayes in two dimensions).
"""

import numpy as np
from scipy.stats import invwishart

from polyglot.analysis.clusters import rank_correlations

FEWEST = 3  # teachers of an order


def agreement_of_orders(
    estimate: np.ndarray, drawn: np.ndarray, random: np.random.Generator
) -> tuple[float, float, float]:
    """ρ of the estimates with its 95 % interval; NaN for fewer than three teachers, or without an order.

    `estimate` (2, teachers), `drawn` (draws, 2, teachers): the scores of both sides and draws about them.
    """
    teachers = estimate.shape[1]
    unknown = not (np.isfinite(estimate).all() and np.isfinite(drawn).all())
    if teachers < FEWEST or unknown or not np.ptp(estimate, axis=1).all():
        return (np.nan, np.nan, np.nan)
    (rho,) = rank_correlations(estimate[:1], estimate[1:])
    rhos = rank_correlations(*np.moveaxis(real_values(estimate, drawn, random), 1, 0))
    return (float(rho), *map(float, np.nanpercentile(rhos, [2.5, 97.5])))


def real_values(estimate: np.ndarray, drawn: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draws of the real values behind the estimates of both sides, about their means, (draws, 2, teachers)."""
    draws, _, teachers = drawn.shape
    errors = drawn - estimate
    errors = errors - errors.mean(axis=2, keepdims=True)
    noise = np.einsum("dit,djt->ij", errors, errors) / (draws * (teachers - 1))
    apart = estimate - estimate.mean(axis=1, keepdims=True)
    # of identical students there are no errors either: without them nothing could be inverted
    least = 1e-9 * np.trace(apart @ apart.T) * np.eye(2)
    total = invwishart(teachers - 1, apart @ apart.T + least).rvs(draws, random_state=random)
    real = _positive(total - noise)
    weight = real @ np.linalg.inv(real + noise + least)
    about = _root(_positive(real - weight @ real)) @ random.standard_normal(drawn.shape)
    # where no real difference is left, the order is anybody's
    return weight @ apart + about + np.sqrt(least[0, 0]) * random.standard_normal(drawn.shape)


def _positive(matrices: np.ndarray) -> np.ndarray:
    """The nearest symmetric matrices without negative eigenvalues."""
    values, vectors = np.linalg.eigh((matrices + matrices.swapaxes(-1, -2)) / 2)
    return (vectors * np.maximum(values, 0)[..., None, :]) @ vectors.swapaxes(-1, -2)


def _root(matrices: np.ndarray) -> np.ndarray:
    """A square root of each matrix: itself by its own transpose is the matrix."""
    values, vectors = np.linalg.eigh(matrices)
    return vectors * np.sqrt(np.maximum(values, 0))[..., None, :]
