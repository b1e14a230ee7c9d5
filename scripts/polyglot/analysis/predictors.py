"""What teachers are screened by: measures of their rows alone, each so that more is better, and their mean z.

Beside the four intrinsic metrics (see score.features), of a data set:
- prompt_length, response_length: mean tokens, with the four the paper's six components;
- language_fidelity: the share of answers in the language;
- student_loss: minus the mean over rows of the NLL per token of the student base (nats);
- rank_surprisal: minus the Rank-Surprisal Ratio (arXiv 2601.14249, appendix A.8 for data sets): the mean over rows of
  the tokens' mean rank, cut at 100, by the mean over rows of their mean NLL. There less is better: tokens that the
  student did not expect, and yet has among its first;
- difficulty: minus instruction-following difficulty (arXiv 2308.12032), the NLL per token given the prompt by that
  without it. There it is of a row, and picks rows; here of a data set, so the ratio of the two means over its first
  rows, for a row's own denominator can be near 0. Near 1 the answers do not depend on their prompts: less is better;
- one_shot_gain: the mean over rows of what a row saves the student base on people's answers (metrics.one_shot).

`z_intrinsic` is the mean z of the four, `z_all` that of all measures with a spread but student_loss, which log
perplexity holds already, and one_shot_gain, which came later. Errors come from the rows: a request's parts in all
measures go together. That of language_fidelity, which is of all answers and not of the rows kept, is that of a share of
so many rows.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from polyglot.analysis.observations import Observations, data_names, influences
from polyglot.analysis.score import INTRINSIC, features, spread_of

LENGTHS = ["prompt_length", "response_length"]
FIDELITY = "language_fidelity"
ONE_SHOT = "one_shot_gain"
OF_STUDENT = ["student_loss", "rank_surprisal", "difficulty", ONE_SHOT]
MEASURES = [*INTRINSIC, *LENGTHS, FIDELITY, *OF_STUDENT]
MEAN_Z, ALL_Z = "z_intrinsic", "z_all"
RIDGE = "ridge"  # fitted to the students of another study
COMBINED = [name for name in MEASURES if name not in ("student_loss", ONE_SHOT)]
PER_ROW = ["token_nll", "rank", "alone_nll"]
Errors = Mapping[tuple[str, str], Mapping[str, float]]


def measured(rows: pd.DataFrame, observations: Mapping[str, Observations]) -> pd.DataFrame:
    """Teacher, language and every measure of each cell, means over its trials; what is not known is NaN.

    `rows` are a student base's data sets, as rows of scores.csv; `observations`, by language, hold theirs.
    """
    values = features(rows).join(rows.reindex(columns=[*LENGTHS, FIDELITY]))
    values = values.assign(**dict.fromkeys(OF_STUDENT, np.nan))
    for language, part in rows.groupby("language"):
        if language in observations:
            of_data = dict(iter(observations[language].rows.groupby("data")))
            for place, name in zip(part.index, data_names(part), strict=True):
                values.loc[place, OF_STUDENT] = of_student(of_data[name])[0]
    return values.groupby([rows["teacher"], rows["language"]]).mean().reset_index()


def of_student(observed: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The four measures of a data set's rows by their student base, (4,), and each row's part in them, (rows, 4).

    Squares of the parts sum to the variance (of a ratio, to first order). A row has none in what it was not scored for.
    """
    loss, rank, alone, gain = observed.reindex(columns=[*PER_ROW, ONE_SHOT]).to_numpy(dtype=float).T
    of_one = np.ones(len(loss))
    pairs = [(loss, of_one), (rank, loss), (loss, alone), (gain, of_one)]
    values, parts = zip(*(ratio_and_parts(*pair) for pair in pairs), strict=True)
    signs = np.array([-1, -1, -1, 1])
    return signs * np.array(values), signs * np.column_stack(parts)


def ratio_and_parts(above: np.ndarray, below: np.ndarray) -> tuple[float, np.ndarray]:
    """Ratio of the means (rows,) over the rows that have both values, and each row's part in its error."""
    known = ~np.isnan(above + below)
    count = known.sum()
    if not count:
        return np.nan, np.full(len(above), np.nan)
    means = above[known].mean(), below[known].mean()
    ratio = means[0] / means[1]
    scale = 1 / np.sqrt(count * (count - 1.0)) if count > 1 else np.nan
    return ratio, scale * np.where(known, above - means[0] - ratio * (below - means[1]), 0.0) / means[1]


def weights_of(cells: pd.DataFrame) -> dict[str, pd.Series]:
    """The weight of each measure in the two mean z-scores: one by the spread over cells and the number of measures.

    NaN where a measure of the four has no spread; in z_all such a measure has no part, and beside the four there must
    be one that has.
    """
    spread = spread_of(cells[MEASURES], pd.Series(range(len(cells)), index=cells.index))
    scaled = [name for name in COMBINED if np.isfinite(spread[name])]
    parts = {MEAN_Z: INTRINSIC, ALL_Z: scaled if set(scaled) - set(INTRINSIC) else []}
    weights = {
        name: (1 / spread[used] / len(used)).reindex(MEASURES, fill_value=0.0) for name, used in parts.items() if used
    }
    return {name: weights.get(name, pd.Series(np.nan, MEASURES)) for name in parts}


def weighted(cells: pd.DataFrame, weights: pd.Series) -> pd.Series:
    """A weighted sum of the measures, from their means over cells; measures of no weight may be unknown."""
    used = weights[weights != 0]
    return (cells[used.index] - cells[used.index].mean()).mul(used).sum(axis=1, skipna=False)


def parts_by_request(
    rows: pd.DataFrame, observations: Mapping[str, Observations]
) -> dict[tuple[str, str], pd.DataFrame]:
    """Each request's part in the errors of a cell's measures, (requests, measures), by (teacher, language).

    Trials ask the same requests, so a request's parts are summed over trials before they are squared. The share of
    answers in the language has none: see share_error.
    """
    parts = {}
    for (teacher, language), part in rows.groupby(["teacher", "language"]):
        if language not in observations:
            continue
        of_data, names = dict(iter(observations[language].rows.groupby("data"))), data_names(part)
        shares = [of_rows(of_data[name]) for name in names]
        parts[teacher, language] = pd.concat(shares).groupby(level=0).sum(min_count=1) / len(names)
    return parts


def of_rows(observed: pd.DataFrame) -> pd.DataFrame:
    """Each row's part in the error of every measure of one data set, by request; NaN where that cannot be known."""
    lengths = observed.reindex(columns=LENGTHS).to_numpy(dtype=float)
    count = len(lengths)
    scale = 1 / np.sqrt(count * (count - 1.0)) if count > 1 else np.nan
    columns = [influences(observed), (lengths - lengths.mean(axis=0)) * scale, np.zeros((count, 1))]
    return pd.DataFrame(
        np.column_stack([*columns, of_student(observed)[1]]), index=observed["request_id"], columns=MEASURES
    )


def share_error(share: float, rows: int) -> float:
    """Standard error of a share of so many rows, after Agresti and Coull, for it is often 1."""
    adjusted = (share * rows + 2) / (rows + 4)
    return float(np.sqrt(adjusted * (1 - adjusted) / (rows + 4)))


def errors_of(parts: pd.DataFrame, of_share: float, weights: Mapping[str, pd.Series]) -> dict[str, float]:
    """Standard error of every measure and weighted sum from a cell's parts and the error of its share."""
    errors = dict(zip(MEASURES, np.sqrt(np.square(parts.to_numpy()).sum(axis=0)), strict=True))
    errors[FIDELITY] = of_share
    for name, weight in weights.items():
        used = weight[weight != 0]
        by_request = parts[used.index].to_numpy() @ used.to_numpy()
        of_share_part = used[FIDELITY] * of_share if FIDELITY in used else 0.0
        errors[name] = float(np.sqrt(np.square(by_request).sum() + of_share_part**2))
    return errors
