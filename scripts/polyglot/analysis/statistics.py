"""Rank correlations, each with its n, its 95 % interval and, over a family of tests, Holm's correction."""

from typing import NamedTuple

import numpy as np
import pingouin as pg
from scipy.stats import permutation_test, rankdata, spearmanr

pg.options["round.column.CI95"] = None  # pingouin would give the interval with two decimals
EXACT_UP_TO = 7  # pairs: 5,040 orders, all tried


class Correlation(NamedTuple):
    """Spearman's ρ over n pairs; None where it is not defined.

    `low`, `high`: 95 % interval by Fisher's transformation; `p`: two-sided, by Student's t; neither is given below five
    pairs or for |ρ| = 1, where both approximations break down. `p_exact`: two-sided, over all orders of up to 7 pairs.
    """

    n: int
    rho: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_exact: float | None = None


def spearman(first: np.ndarray, second: np.ndarray) -> Correlation:
    """Spearman's ρ over the pairs with both values; only n if there are fewer than three or one side is constant."""
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    known = ~(np.isnan(x) | np.isnan(y))
    x, y = x[known], y[known]
    n = len(x)
    if n < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Correlation(n)
    exact = _exact_p(x, y) if n <= EXACT_UP_TO else None
    rho = float(spearmanr(x, y).statistic)
    if n < 5 or abs(rho) > 1 - 1e-12:
        return Correlation(n, rho, p_exact=exact)
    row = pg.corr(x, y, method="spearman").iloc[0]
    low, high = (float(bound) for bound in row["CI95"])
    return Correlation(n, rho, low, high, float(row["p_val"]), exact)


def holm(p_values: list[float | None]) -> list[float | None]:
    """Holm's step-down correction over the tests of a family; a test without a p is not part of the family."""
    values = np.array([np.nan if p is None else p for p in p_values], dtype=float)
    if np.isnan(values).all():
        return [None] * len(p_values)
    corrected = pg.multicomp(values, method="holm")[1]
    return [None if np.isnan(p) else float(p) for p in corrected]


def _exact_p(x: np.ndarray, y: np.ndarray) -> float:
    """Share of all orders of `x` that are at least as far from no correlation as the one observed (two-sided)."""
    ranks, others = rankdata(x), rankdata(y)
    centred = others - others.mean()

    def covariance(orders: np.ndarray, axis: int) -> np.ndarray:
        """Rises with ρ, because the ranks stay the same in every order."""
        return np.moveaxis(orders, axis, -1) @ centred

    result = permutation_test((ranks,), covariance, permutation_type="pairings", vectorized=True, n_resamples=np.inf)
    return float(result.pvalue)
