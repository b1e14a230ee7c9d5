"""Agreement of annotators with the judge and with each other, from filled sheets.

Weighted kappa is Cohen's with quadratic weights: 1 − mean squared difference / the same expected by chance. Its
interval is a percentile bootstrap over rows. The intraclass correlation is that of single ratings in absolute
agreement, ICC(A,1), with the interval of its F distribution, by `pingouin`.
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
COEFFICIENTS = ["kappa", "kappa_low", "kappa_high", "icc", "icc_low", "icc_high"]
COLUMNS = ["language", "criterion", "rater", "against", "rows", "pairs", *COEFFICIENTS]


def read_filled(path: Path, known: Iterable[str]) -> pd.DataFrame:
    """A filled sheet: row_id, annotator, and the scores, empty where none was given.

    The separator may be what a spreadsheet made of it: comma, semicolon or tab. Where `annotator` is empty, it is the
    file's name. Raises InputError naming file, row of the sheet and column for an unknown or repeated row id and a
    score off the scale.
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
                raise InputError(f"{where} 'row': {line['row']!r} is not in the samples of this study; mend the id")
            annotator = (line.get("annotator") or "").strip() or path.stem
            if (annotator, row_id) in seen:
                first = seen[annotator, row_id]
                raise InputError(f"{where} 'row': {annotator} rated {line['row']} in row {first} too; keep one")
            seen[annotator, row_id] = number
            rows.append((row_id, annotator, *(score(line[name], f"{where} {name!r}") for name in CRITERIA)))
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: not readable as CSV ({error}); mend it") from error
    table = pd.DataFrame(rows, columns=["row_id", "annotator", *CRITERIA]).astype(dict.fromkeys(CRITERIA, "Int64"))
    return table.assign(file=str(path))


def score(text: str | None, where: str) -> int | None:
    """A score from 1 to 5 in any script's digits; None for an empty cell. Raises InputError beginning with `where`."""
    text = (text or "").strip()
    if not text:
        return None
    number = text[:-2] if text.endswith((".0", ",0")) else text
    if not number.isdecimal() or int(number) not in SCALE:
        raise InputError(f"{where}: {text!r} is no whole number from 1 to 5; correct it, or leave the cell empty")
    return int(number)


def ratings(filled: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """One rating a line: row_id, language, criterion, rater, score; the judge's score counts for each criterion.

    Raises InputError where an annotator rated a row in two files.
    """
    twice = filled[filled.duplicated(["annotator", "row_id"])]
    if not twice.empty:
        annotator, row_id = twice.iloc[0][["annotator", "row_id"]]
        files = filled.loc[(filled["annotator"] == annotator) & (filled["row_id"] == row_id), "file"]
        raise InputError(f"{' and '.join(files)}: column 'row': {annotator} rated {PREFIX}{row_id} in both; keep one")
    people = filled.melt(["row_id", "annotator"], list(CRITERIA), "criterion", "score")
    people = people.rename(columns={"annotator": "rater"}).dropna(subset="score")
    judged = samples.dropna(subset="score")[["row_id", "score"]].assign(rater=JUDGE)
    both = pd.concat([people, *(judged.assign(criterion=criterion) for criterion in CRITERIA)])
    return both.merge(samples[["row_id", "language"]], on="row_id").astype({"score": float})


def sums(pairs: Sequence[tuple[float, float]]) -> np.ndarray:
    """All that weighted kappa needs of ratings (a, b): how many, and the sums of a, b, a² + b², (a − b)²."""
    a, b = np.array(pairs, dtype=float).T
    return np.array([len(a), a.sum(), b.sum(), (a**2 + b**2).sum(), ((a - b) ** 2).sum()])


def kappa(total: np.ndarray) -> np.ndarray:
    """Quadratically weighted kappa from `sums` (last axis); NaN where both gave one and the same score throughout."""
    count, a, b, squares, differences = np.moveaxis(total, -1, 0)
    expected = squares - 2 * a * b / count
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 1e-9, 1 - differences / expected, np.nan)


def kappa_interval(rows: np.ndarray, seed: int) -> tuple[float, float]:
    """95% percentile interval of kappa: `rows` (the `sums` of each row) drawn with replacement, from `seed`.

    NaN where half of the draws or more have no kappa: what is left would be no picture of the rest.
    """
    draws = np.random.default_rng(seed).multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=RESAMPLES)
    found = kappa(draws @ rows)
    known = found[~np.isnan(found)]
    return tuple(np.quantile(known, [0.025, 0.975])) if len(known) > RESAMPLES / 2 else (math.nan, math.nan)


def icc(wide: pd.DataFrame) -> tuple[float, float, float]:
    """ICC(A,1) of rows × raters without gaps, and its 95% interval; NaN for fewer than 3 rows or constant ratings."""
    import pingouin

    pingouin.options["round.column.CI95"] = None  # else the interval has two decimals
    values = wide.to_numpy(dtype=float)
    if len(values) < 3 or values.std() == 0:
        return math.nan, math.nan, math.nan
    places = [(row, rater) for row in range(values.shape[0]) for rater in range(values.shape[1])]
    table = pd.DataFrame(places, columns=["row", "rater"]).assign(score=values.ravel())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # raters that agree throughout leave no variance to divide by
        found = pingouin.intraclass_corr(table, "row", "rater", "score").set_index("Type")
    low, high = found.loc["ICC(A,1)", "CI95"]
    return float(found.loc["ICC(A,1)", "ICC"]), float(low), float(high)


def compare(wide: pd.DataFrame, pairs: Sequence[tuple[str, str]], seed: int) -> dict[str, float]:
    """Both coefficients over the pairs of raters named; `wide` holds rows × raters, empty where one did not rate."""
    rated = [
        [(row[one], row[two]) for one, two in pairs if not row[[one, two]].isna().any()] for _, row in wide.iterrows()
    ]
    rows = [sums(known) for known in rated if known]
    figures = {"rows": len(rows), "pairs": sum(map(len, rated))}
    if not rows:
        return {**figures, **dict.fromkeys(COEFFICIENTS, math.nan)}
    raters = sorted({rater for pair in pairs for rater in pair})
    values = (kappa(np.sum(rows, axis=0)), *kappa_interval(np.array(rows), seed), *icc(wide[raters].dropna()))
    return {**figures, **dict(zip(COEFFICIENTS, map(float, values), strict=True))}


def agreement(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The columns `COLUMNS`: each annotator and all of them against the judge, and annotators against each other."""
    lines = []
    languages = sorted(table.loc[table["rater"] != JUDGE, "language"].unique())
    for language in [*languages, *(["all"] if len(languages) > 1 else [])]:
        here = table if language == "all" else table[table["language"] == language]
        for criterion in CRITERIA:
            wide = here[here["criterion"] == criterion].pivot(index="row_id", columns="rater", values="score")
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
