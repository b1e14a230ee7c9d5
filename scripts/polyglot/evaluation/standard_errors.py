"""Standard errors of scores that weigh their items, and of differences between models that answered the same items.

A benchmark's score is Σ wᵢ xᵢ / Σ wᵢ over its items. Items of one stratum (a subset of a category) are a sample; strata
are fixed. With the values centred in each stratum (on their weighted mean, for the error of a ratio of sums),
aᵢ = wᵢ (xᵢ − x̄) √(n / (n − 1)) / Σ w, the squared standard error is Σ aᵢ². For a difference between two models the
values are the differences item by item, so that what is hard for both cancels.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from polyglot.core.files import Json

TWO_SIDED = 1.959963984540054  # standard errors in half a 95 % interval


def weigh(records: Sequence[Json], metric: str) -> pd.DataFrame:
    """`weight` and `stratum` of each item in a benchmark's score.

    "weighted_accuracy" is the unweighted mean over categories (the score of RewardBench and FilBench); there subsets
    weigh by their "subset_weight", or by their items without one. "bits_per_byte" is over all bytes, so items weigh by
    their "bytes". Every other metric is the mean over items.
    """
    if metric == "bits_per_byte":
        return pd.DataFrame({"weight": [float(record["bytes"]) for record in records], "stratum": ""})
    if metric != "weighted_accuracy":
        return pd.DataFrame({"weight": 1.0, "stratum": ""}, index=range(len(records)))
    items = pd.DataFrame(
        {
            "category": [record["category"] for record in records],
            "subset": [str(record["subset"]) if record.get("subset_weight") is not None else "" for record in records],
            "of_subset": [record.get("subset_weight") for record in records],
        }
    )
    size = items.groupby(["category", "subset"])["category"].transform("size")
    share = (items["of_subset"].astype(float) / size).fillna(1.0)
    total = share.groupby(items["category"]).transform("sum")
    return pd.DataFrame({"weight": share / total, "stratum": items["category"] + "/" + items["subset"]})


def deviations(values: np.ndarray, weights: np.ndarray, strata: Sequence[str]) -> np.ndarray:
    """aᵢ of a benchmark's items, (n, models); NaN for a single item.

    `values` (n, models). A stratum of one item shows no spread: such strata are joined, and one that is left alone is
    joined with the smallest other one, which makes the error rather too large than too small.
    """
    codes = _joined(pd.factorize(np.asarray(strata, dtype=object))[0])
    if len(codes) < 2:
        return np.full(values.shape, np.nan)
    counts, total = np.bincount(codes), np.bincount(codes, weights)
    means = np.zeros((len(counts), values.shape[1]))
    np.add.at(means, codes, values * weights[:, None])
    means /= np.where(total > 0, total, 1.0)[:, None]
    size = counts[codes]
    return (values - means[codes]) * (weights / weights.sum() * np.sqrt(size / (size - 1)))[:, None]


def _joined(codes: np.ndarray) -> np.ndarray:
    counts = np.bincount(codes)
    alone = np.flatnonzero(counts == 1)
    if len(alone) == 1 and len(counts) > 1:
        others = np.where(counts > 1, counts, len(codes) + 1)
        return np.where(codes == alone[0], others.argmin(), codes)
    return np.where(np.isin(codes, alone), alone[0] if len(alone) else 0, codes)


def bound(weights: np.ndarray) -> float:
    """Standard error of a score whose values show no spread: from the exact 95 % limit of 0 of n (Clopper, Pearson).

    n is the number of equally weighted items that would give the same precision.
    """
    effective = weights.sum() ** 2 / np.square(weights).sum()
    return float((1 - 0.025 ** (1 / effective)) / TWO_SIDED)


def standard_errors(values: np.ndarray, weights: np.ndarray, strata: Sequence[str]) -> np.ndarray:
    """Standard error of each model's score on one benchmark, (models,); NaN for a single item.

    `values` (n, models) are scores in [0, 1] or differences of such. Where they show no spread the error is `bound`.
    """
    plain = np.sqrt(np.square(deviations(values, weights, strata)).sum(axis=0))
    return np.where(plain <= 1e-12, bound(weights), plain)
