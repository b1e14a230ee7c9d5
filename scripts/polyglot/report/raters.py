"""Coefficients of agreement of annotators with the judge and with each other, from filled sheets.

Cohen's kappa with quadratic weights is scikit-learn's; its interval is a percentile bootstrap over rows. Krippendorff's
alpha of ordered ratings, which takes any number of raters and gaps, is that of `krippendorff`. The intraclass
correlation of single ratings in absolute agreement, ICC(A,1), with the interval of its F distribution, is `pingouin`'s.
"""

import csv
import io
import itertools
import math
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from polyglot.core.errors import InputError
from polyglot.report.sample_rows import PREFIX, SHEET

CRITERIA = ("fluency", "cultural_fit")
SCALE = range(1, 6)
NEEDED = ("row", *CRITERIA)
RESAMPLES = 2000
JUDGE = "judge"
COEFFICIENTS = ["kappa", "kappa_low", "kappa_high", "alpha", "icc", "icc_low", "icc_high"]
Pairs = Sequence[tuple[float, float]]
COLUMNS = ["language", "criterion", "rater", "against", "rows", "pairs", *COEFFICIENTS]


def read_filled(path: Path, known: Iterable[str]) -> pd.DataFrame:
    """A filled sheet: row_id, annotator, and the scores, empty if not given.

    The separator may be comma, semicolon or tab, as the spreadsheet saved it. An empty `annotator` becomes the file's
    name. Raises InputError naming file, row of the sheet and column for an unknown or repeated row id and for a score
    off the scale.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8; save the sheet as CSV UTF-8") from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    missing = [column for column in NEEDED if column not in (reader.fieldnames or [])]
    if missing:
        raise InputError(f"{path}: row 1: column {missing[0]!r} is missing; keep the columns {', '.join(SHEET)}")
    known, rows, seen = set(known), [], {}
    try:
        for number, line in enumerate(reader, start=2):
            if not any(isinstance(cell, str) and cell.strip() for cell in line.values()):
                continue
            where = f"{path}: row {number}, column"
            row_id = (line["row"] or "").strip().removeprefix(PREFIX)
            if row_id not in known:
                raise InputError(f"{where} 'row': {line['row']!r} is not in the samples of this study; correct the id")
            annotator = (line.get("annotator") or "").strip() or path.stem
            if (annotator, row_id) in seen:
                first = seen[annotator, row_id]
                raise InputError(
                    f"{where} 'row': {annotator} rated {line['row']} in row {first} too; delete either row"
                )
            seen[annotator, row_id] = number
            rows.append((row_id, annotator, *(score(line[name], f"{where} {name!r}") for name in CRITERIA)))
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: not readable as CSV ({error}); correct it") from error
    table = pd.DataFrame(rows, columns=["row_id", "annotator", *CRITERIA]).astype(dict.fromkeys(CRITERIA, "Int64"))
    return table.assign(file=str(path))


def score(text: str | None, where: str) -> int | None:
    """A score from 1 to 5 in any script's digits; None for an empty cell. Raises InputError beginning with `where`."""
    text = (text or "").strip()
    if not text:
        return None
    number = text[:-2] if text.endswith((".0", ",0")) else text
    if not number.isdecimal() or int(number) not in SCALE:
        raise InputError(f"{where}: {text!r} is not a whole number from 1 to 5; correct it, or leave the cell empty")
    return int(number)


def ratings(filled: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """One rating per line: row_id, language, criterion, rater, score; the judge's score counts for each criterion.

    Raises InputError if an annotator rated a row in two files.
    """
    twice = filled[filled.duplicated(["annotator", "row_id"])]
    if not twice.empty:
        annotator, row_id = twice.iloc[0][["annotator", "row_id"]]
        files = filled.loc[(filled["annotator"] == annotator) & (filled["row_id"] == row_id), "file"]
        raise InputError(
            f"{' and '.join(files)}: column 'row': {annotator} rated {PREFIX}{row_id} in both; delete either row"
        )
    people = filled.melt(["row_id", "annotator"], list(CRITERIA), "criterion", "score")
    people = people.rename(columns={"annotator": "rater"}).dropna(subset="score")
    judged = samples.dropna(subset="score")[["row_id", "score"]].assign(rater=JUDGE)
    both = pd.concat([people, *(judged.assign(criterion=criterion) for criterion in CRITERIA)])
    return both.merge(samples[["row_id", "language"]], on="row_id").astype({"score": float})


def kappa(pairs: Pairs) -> float:
    """Quadratically weighted kappa of ratings (a, b); NaN if both raters gave the same constant score.

    Fractional scores, such as means of annotators, are ranks on a finer scale of equal steps.
    """
    return _weighted_kappa(*_ranks(pairs), np.ones(len(pairs)))


def _ranks(pairs: Pairs) -> tuple[np.ndarray, range]:
    """Both raters' scores as whole ranks, in two rows, and all ranks of that scale."""
    scores = np.array(pairs, dtype=float)
    steps = next(steps for steps in itertools.count(1) if np.allclose(scores * steps, np.round(scores * steps)))
    return np.round(scores * steps).astype(int).T, range(steps * SCALE[0], steps * SCALE[-1] + 1)


def _weighted_kappa(ranks: np.ndarray, scale: range, weights: np.ndarray) -> float:
    """Kappa of pairs of ranks, each counted as often as its weight."""
    from sklearn.metrics import cohen_kappa_score

    counted = ranks[:, weights > 0]
    if counted.min() == counted.max():
        return math.nan
    first, second = ranks
    return float(cohen_kappa_score(first, second, labels=scale, weights="quadratic", sample_weight=weights))


def kappa_interval(rows: Sequence[Pairs], seed: int) -> tuple[float, float]:
    """95% percentile interval of kappa: `rows` (the pairs of each row) drawn with replacement, from `seed`.

    NaN if at least half of the draws have no kappa: the rest would not represent them.
    """
    draws = np.random.default_rng(seed).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=RESAMPLES)
    ranks, scale = _ranks([pair for row in rows for pair in row])
    cells, place = np.unique(ranks, axis=1, return_inverse=True)
    weights = np.repeat(draws, [len(row) for row in rows], axis=1) @ np.eye(cells.shape[1], dtype=int)[place]
    distinct, draw_of = np.unique(weights, axis=0, return_inverse=True)  # few rows give few different draws
    values = np.array([_weighted_kappa(cells, scale, weight) for weight in distinct])[draw_of]
    known = values[~np.isnan(values)]
    return tuple(np.quantile(known, [0.025, 0.975])) if len(known) > RESAMPLES / 2 else (math.nan, math.nan)


def alpha(wide: pd.DataFrame) -> float:
    """Krippendorff's alpha of rows × raters with gaps; NaN if all scores are equal."""
    import krippendorff

    values = wide.to_numpy(dtype=float)
    rated = values[(~np.isnan(values)).sum(axis=1) > 1]
    if len(np.unique(rated[~np.isnan(rated)])) < 2:
        return math.nan
    return float(krippendorff.alpha(reliability_data=rated.T, level_of_measurement="ordinal"))


def icc(wide: pd.DataFrame) -> tuple[float, float, float]:
    """ICC(A,1) of rows × raters without gaps, and its 95% interval; NaN for fewer than 3 rows or constant ratings."""
    import pingouin

    pingouin.options["round.column.CI95"] = None  # by default the interval is rounded to two decimals
    values = wide.to_numpy(dtype=float)
    if len(values) < 3 or values.std() == 0:
        return math.nan, math.nan, math.nan
    places = [(row, rater) for row in range(values.shape[0]) for rater in range(values.shape[1])]
    table = pd.DataFrame(places, columns=["row", "rater"]).assign(score=values.ravel())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # raters in full agreement leave no variance to divide by
        result = pingouin.intraclass_corr(table, "row", "rater", "score").set_index("Type")
    low, high = result.loc["ICC(A,1)", "CI95"]
    return float(result.loc["ICC(A,1)", "ICC"]), float(low), float(high)


def compare(wide: pd.DataFrame, pairs: Sequence[tuple[str, str]], seed: int) -> dict[str, float]:
    """The coefficients over the given pairs of raters; `wide` holds rows × raters, empty for missing scores."""
    by_row = [
        [(row[first], row[second]) for first, second in pairs if not row[[first, second]].isna().any()]
        for _, row in wide.iterrows()
    ]
    rows = [scores for scores in by_row if scores]
    figures = {"rows": len(rows), "pairs": sum(map(len, rows))}
    if not rows:
        return {**figures, **dict.fromkeys(COEFFICIENTS, math.nan)}
    raters = sorted({rater for pair in pairs for rater in pair})
    every = [pair for row in rows for pair in row]
    values = (kappa(every), *kappa_interval(rows, seed), alpha(wide[raters]), *icc(wide[raters].dropna()))
    return {**figures, **dict(zip(COEFFICIENTS, map(float, values), strict=True))}


def agreement(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The columns `COLUMNS`: each annotator and their mean against the judge, and annotators against each other."""
    lines = []
    languages = sorted(table.loc[table["rater"] != JUDGE, "language"].unique())
    for language in [*languages, *(["all"] if len(languages) > 1 else [])]:
        part = table if language == "all" else table[table["language"] == language]
        for criterion in CRITERIA:
            wide = part[part["criterion"] == criterion].pivot(index="row_id", columns="rater", values="score")
            people = sorted(set(wide.columns) - {JUDGE})
            comparisons = [(name, JUDGE, [(name, JUDGE)]) for name in people] if JUDGE in wide else []
            if len(people) > 1:
                if JUDGE in wide:
                    wide["mean of annotators"] = wide[people].mean(axis=1)
                    comparisons.append(("mean of annotators", JUDGE, [("mean of annotators", JUDGE)]))
                comparisons.append(("annotators", "each other", list(itertools.combinations(people, 2))))
            for rater, against, pairs in comparisons:
                figures = compare(wide, pairs, seed)
                lines.append(
                    {"language": language, "criterion": criterion, "rater": rater, "against": against, **figures}
                )
    return pd.DataFrame(lines, columns=COLUMNS)
