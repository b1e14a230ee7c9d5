"""How sure the order of teachers is: bootstrap over languages, and effect sizes between teachers."""

from itertools import combinations

import numpy as np
import pandas as pd
import pingouin as pg

from polyglot.analysis.statistics import holm


def bootstrap_ranks(wide: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Intervals of each teacher's average and the probability of each rank, languages drawn with replacement.

    Args:
        wide: teacher × language values; teachers with an unknown value are left out.

    Returns:
        One row a teacher, best average first: teacher, mean, low, high (95 %, percentiles), rank, then rank_1 … rank_T
        (shares that sum to 1; ties share the better rank). Empty for fewer than two teachers or two languages.
    """
    known = wide.dropna().sort_index()
    teachers, languages = known.shape
    if teachers < 2 or languages < 2:
        return pd.DataFrame(columns=["teacher", "mean", "low", "high", "rank"])
    drawn = np.random.default_rng(seed).integers(languages, size=(resamples, languages))
    means = known.to_numpy()[:, drawn].mean(axis=2)  # (teachers, resamples)
    # rank = 1 + the number of teachers that are strictly better in the same resample
    ranks = 1 + (means[None, :, :] > means[:, None, :] + 1e-12).sum(axis=1)
    table = pd.DataFrame({"teacher": known.index, "mean": known.mean(axis=1).to_numpy()})
    table["low"], table["high"] = np.percentile(means, [2.5, 97.5], axis=1)
    table["rank"] = table["mean"].rank(ascending=False, method="min").astype(int)
    for place in range(1, teachers + 1):
        table[f"rank_{place}"] = (ranks == place).mean(axis=1)
    return table.sort_values(["rank", "teacher"], ignore_index=True)


def effect_sizes(wide: pd.DataFrame) -> pd.DataFrame:
    """Every pair of teachers, paired over languages: mean difference, Hedges' g, Wilcoxon's p and Holm's correction.

    g and p are unknown for fewer than three languages or where all differences are equal.
    """
    rows = []
    for first, second in combinations(sorted(wide.index), 2):
        pair = wide.loc[[first, second]].dropna(axis=1)
        x, y = pair.to_numpy()
        row = {"first": first, "second": second, "n": len(x), "difference": (x - y).mean() if len(x) else np.nan}
        if len(x) >= 3 and np.ptp(x - y) > 1e-12:
            row["hedges_g"] = float(pg.compute_effsize(x, y, paired=True, eftype="hedges"))
            row["p"] = float(pg.wilcoxon(x, y)["p_val"].iloc[0])
        rows.append(row)
    table = pd.DataFrame(rows, columns=["first", "second", "n", "difference", "hedges_g", "p"])
    return table.assign(p_holm=holm([None if np.isnan(p) else p for p in table["p"].astype(float)]))
