"""Macro F1 of answers to questions with options, and its standard error by resampling the items.

F1 of an option is 2 · hits / (right + predicted): how often it is right and predicted, right, and predicted. The mean
is over the options that are right or predicted somewhere, as in scikit-learn. k options of the highest score are each
predicted 1/k times.
"""

from collections.abc import Sequence

import numpy as np

from polyglot.core.files import Json
from polyglot.evaluation.standard_errors import bound

DRAWS = 1000  # resamplings of the items
SEED = 0  # the same draws for every model, so that models of the same items differ by their answers alone


def macro_f1(records: Sequence[Json]) -> tuple[float, float | None]:
    """Macro F1 of records with "answer" (index) and "scores" (of the options), and its standard error.

    The error is None for a single item; without spread (all answers right) it is that of accuracy.
    """
    options = max(len(record["scores"]) for record in records)
    right, predicted = np.zeros((2, len(records), options))
    for place, record in enumerate(records):
        scores = np.array(record["scores"])
        right[place, record["answer"]] = 1
        predicted[place, : len(scores)] = (scores == scores.max()) / np.sum(scores == scores.max())
    parts = np.hstack([right * predicted, right + predicted])
    score = _mean_f1(parts.sum(axis=0, keepdims=True))[0]
    if len(records) < 2:
        return float(score), None
    count = len(records)
    draws = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=DRAWS)
    error = float(_mean_f1(draws @ parts).std(ddof=1))
    return float(score), error if error > 1e-12 else bound(np.ones(count))


def _mean_f1(sums: np.ndarray) -> np.ndarray:
    """Macro F1 of each row of sums (draws, 2 · options): right and predicted, then right plus predicted."""
    both, either = np.hsplit(sums, 2)
    with np.errstate(invalid="ignore"):
        return np.nanmean(2 * both / either, axis=1)
