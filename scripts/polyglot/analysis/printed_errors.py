"""The printed standard errors (Table 13) as errors of PG-Score, and how many teachers they tell apart."""

from itertools import combinations

import numpy as np
import pandas as pd

from polyglot.evaluation.standard_errors import TWO_SIDED


def in_pg_score(errors: pd.DataFrame, anchors: pd.DataFrame) -> pd.DataFrame:
    """`errors` with `scaled`: the error of PG-Score if the printed one is that of the student's benchmark score.

    PG-Score holds half of (student − base) / (reference − base); where no anchors are known `scaled` is empty.
    """
    gaps = (anchors["reference_score"] - anchors["base_score"]).abs().set_axis(anchors["language"])
    return errors.assign(scaled=errors["standard_error"] / (2 * errors["language"].map(gaps)))


def told_apart(scores: pd.Series, errors: pd.Series) -> int:
    """Pairs whose scores differ by more than 1.96 standard errors of the difference, by position."""
    rows = zip(scores, errors, strict=True)
    pairs = combinations(rows, 2)
    return sum(abs(first[0] - second[0]) > TWO_SIDED * np.hypot(first[1], second[1]) for first, second in pairs)
