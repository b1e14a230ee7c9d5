"""Rank correlations, each with its n, its 95 % interval and, over a family of tests, Holm's correction."""

from typing import NamedTuple

import numpy as np
import pingouin as pg
from scipy.stats import permutation_test, rankdata, spearmanr

pg.options["round.column.CI95"] = None  # pingouin would give the interval with two decimals
ORDERS = 9999  # drawn at random where all of them are more; 5,040 of seven pairs are all tried


class Correlation(NamedTuple):
    """Spearman's ρ over n independent pairs; None where it is not defined.

    `low`, `high`: 95 % interval by Fisher's transformation, which breaks down below five pairs and for |ρ| = 1. `p`:
    two-sided, over all orders of up to seven pairs, over drawn ones of more. Student's t would be below its level: of
    five pairs it gives 0.037 to a ρ that one order in twelve reaches.
    """

    n: int
    rho: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


def spearman(first: np.ndarray, second: np.ndarray) -> Correlation:
    """Spearman's ρ over the pairs with both values; only n if there are fewer than three or one side is constant."""
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    known = ~(np.isnan(x) | np.isnan(y))
    x, y = x[known], y[known]
    n = len(x)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(n)
    rho, p = float(spearmanr(x, y).statistic), _share_of_orders(x, y)
    if n < 5 or abs(rho) > 1 - 1e-12:
        return Correlation(n, rho, p=p)
    low, high = (float(bound) for bound in pg.corr(x, y, method="spearman").iloc[0]["CI95"])
    return Correlation(n, rho, low, high, p)


def holm(p_values: list[float | None]) -> list[float | None]:
    """Holm's step-down correction over the tests of a family; a test without a p is not part of the family."""
    values = np.array([np.nan if p is None else p for p in p_values], dtype=float)
    if np.isnan(values).all():
        return [None] * len(p_values)
    corrected = pg.multicomp(values, method="holm")[1]
    return [None if np.isnan(p) else float(p) for p in corrected]


def _share_of_orders(x: np.ndarray, y: np.ndarray) -> float:
    """Share of the orders of `x` that are at least as far from no correlation as the one observed (two-sided)."""
    ranks, others = rankdata(x), rankdata(y)
    centred = others - others.mean()

    def covariance(orders: np.ndarray, axis: int) -> np.ndarray:
        """Rises with ρ, because the ranks stay the same in every order."""
        return np.moveaxis(orders, axis, -1) @ centred

    result = permutation_test(
        (ranks,), covariance, permutation_type="pairings", vectorized=True, n_resamples=ORDERS, rng=0
    )
    return float(result.pvalue)
