"""Uncertainty over (teacher, language) cells, which are not independent: those of one teacher or language are alike.

A p permutes blocks: teachers change places as wholes, and languages as wholes, so that whatever the cells of one block
share stays together. Where two arrays are independent and one of them has exchangeable teachers and languages, it is
exact, however large the effects of teachers and languages are. An interval resamples teachers and languages, each
with all its cells (Owen 2007, "The pigeonhole bootstrap"): it covers at least what it says, mostly more.
Both need a complete panel, every teacher in every language; others get neither.
"""

import math
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata, spearmanr

ARRANGEMENTS = 9999  # drawn at random where all of them are more
RESAMPLES = 2000
FEWEST_BLOCKS = 4  # of teachers or languages; fewer cannot be resampled


class ClusteredCorrelation(NamedTuple):
    """Spearman's ρ over n cells of `teachers` and `languages`; `low`, `high` 95 %, `p` two-sided; None without one."""

    n: int
    teachers: int
    languages: int
    rho: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None


def panel_of(cells: pd.DataFrame) -> np.ndarray | None:
    """Row number of each (teacher, language), (T, L); None where the panel is not complete."""
    numbered = cells.reset_index(drop=True).reset_index()
    if numbered.duplicated(["teacher", "language"]).any():
        return None
    table = numbered.pivot(index="teacher", columns="language", values="index")
    return None if table.empty or table.isna().any(axis=None) else table.to_numpy(dtype=int)


def arrangements(panel: np.ndarray, limit: int, random: np.random.Generator) -> np.ndarray:
    """Orders of the rows, (orders, T·L), in which teachers and languages have changed places as wholes.

    All of them, or `limit` drawn ones and the order as it is, if there are more. The first is the order as it is.
    """
    teachers, languages = panel.shape
    if math.factorial(teachers) * math.factorial(languages) <= limit:
        pairs = list(product(permutations(range(teachers)), permutations(range(languages))))
        of_teachers, of_languages = (np.array(part) for part in zip(*pairs, strict=True))
    else:
        of_teachers, of_languages = (
            np.vstack([np.arange(size), random.random((limit, size)).argsort(axis=1)]) for size in panel.shape
        )
    return panel[of_teachers[:, :, None], of_languages[:, None, :]].reshape(len(of_teachers), -1)


def resamples(panel: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray | None:
    """`count` resamples of the rows, (count, T·L): teachers and languages drawn with replacement, each as a whole.

    A study's only teacher or language stays. None where there are two or three of either, from which none can be drawn.
    """
    if any(1 < size < FEWEST_BLOCKS for size in panel.shape) or max(panel.shape) < FEWEST_BLOCKS:
        return None
    of_teachers, of_languages = (random.integers(size, size=(count, size)) for size in panel.shape)
    return panel[of_teachers[:, :, None], of_languages[:, None, :]].reshape(count, -1)


def clustered_spearman(cells: pd.DataFrame, first: str, second: str, seed: int) -> ClusteredCorrelation:
    """Spearman's ρ of two columns over cells; no number with fewer than three of them or a constant side."""
    known = cells.dropna(subset=[first, second])
    counts = len(known), known["teacher"].nunique(), known["language"].nunique()
    x, y = (known[name].to_numpy(dtype=float) for name in (first, second))
    if len(known) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return ClusteredCorrelation(*counts)
    rho = float(spearmanr(x, y).statistic)
    panel = panel_of(known)
    if panel is None:
        return ClusteredCorrelation(*counts, rho)
    random = np.random.default_rng(seed)
    orders = arrangements(panel, ARRANGEMENTS, random)
    at_random = rank_correlations(x[panel.ravel()][None], y[orders])
    p = float((np.abs(at_random) >= abs(rho) - 1e-9).mean())
    drawn = resamples(panel, RESAMPLES, random)
    if drawn is None:
        return ClusteredCorrelation(*counts, rho, p=p)
    low, high = np.nanpercentile(rank_correlations(x[drawn], y[drawn]), [2.5, 97.5])
    return ClusteredCorrelation(*counts, rho, float(low), float(high), p)


def rank_correlations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman's ρ of `x` and `y` along the last axis; NaN where one side is constant."""
    ranks = [rankdata(values, axis=-1) for values in (x, y)]
    a, b = (values - values.mean(axis=-1, keepdims=True) for values in ranks)
    scale = np.sqrt(np.square(a).sum(axis=-1) * np.square(b).sum(axis=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return (a * b).sum(axis=-1) / np.where(scale > 0, scale, np.nan)
