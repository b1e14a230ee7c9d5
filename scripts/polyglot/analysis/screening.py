"""How well the data alone say which teacher is best: each predictor's order of the teachers, held against the students.

Reads scores.csv and, where a study has them, the observations behind it. Writes screening.csv (a row a student base,
language, teacher and predictor), screening.json (how each predictor's order agrees with the students' in languages and
teachers that it was not fitted to; what they gained) and screening.md. Only the main block is screened. Predictors are
the measures of analysis.predictors so that more is better, their mean z, and a ridge regression on them of the
students' gain (PGR where a study has no gain). Values have 95 % intervals from their rows; the agreement has one from
resampled teachers and languages.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
from scipy.stats import rankdata
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from polyglot.analysis.clusters import RESAMPLES, panel_of, rank_correlations, resamples
from polyglot.analysis.observations import Observations, Table, read_observations
from polyglot.analysis.predictors import (
    ALL_Z,
    FIDELITY,
    MEAN_Z,
    MEASURES,
    RIDGE,
    errors_of,
    measured,
    parts_by_request,
    share_error,
    weighted,
    weights_of,
)
from polyglot.analysis.score import SCORES
from polyglot.analysis.screening_page import page
from polyglot.analysis.summaries import main_block
from polyglot.core.errors import run
from polyglot.core.files import Json, whole, write_json
from polyglot.core.identity import derive_seed
from polyglot.core.sheets import check, read_sheet, write_sheet

FITTED = {"ridge_language_out": "language", "ridge_teacher_out": "teacher"}  # predictor → what its fit leaves out
PREDICTORS = [*MEASURES, MEAN_Z, ALL_Z, *FITTED]
NUMBERS = ("rho", "rho_low", "rho_high", "rho_floor", "top", "top_low", "top_high")
PENALTY = 1.0  # of the ridge on standardised metrics; fixed, for a study has too few cells to choose it
FEWEST = 3  # teachers of an order, and languages or teachers of a fit that leaves one out
SCREENING = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in ("student_base", "language", "teacher")},
        "predictor": pa.Column(str, pa.Check.isin([*PREDICTORS, RIDGE])),
        "value": pa.Column(float, nullable=True, coerce=True),
        "rank": pa.Column("Int64", pa.Check.ge(1), nullable=True, coerce=True),
        "low": pa.Column(float, nullable=True, coerce=True),
        "high": pa.Column(float, nullable=True, coerce=True),
    },
    unique=["student_base", "language", "teacher", "predictor"],
    strict=True,
    ordered=True,
)


def screened(rows: pd.DataFrame, observations: Mapping[str, Observations] | None = None) -> tuple[pd.DataFrame, str]:
    """Teacher, language, every predictor and `target` of each cell (means over trials), and what the target is."""
    target = "gain" if rows["gain"].notna().any() else "pgr"
    cells = measured(rows, observations or {})
    known = rows.groupby(["teacher", "language"])[[MEAN_Z, target]].mean().reset_index()
    cells = cells.merge(known.rename(columns={target: "target"}), on=["teacher", "language"])
    cells[ALL_Z] = weighted(cells, weights_of(cells)[ALL_Z])
    for predictor, group in FITTED.items():
        cells[predictor] = out_of_sample(cells, group)
    return cells, target


def out_of_sample(cells: pd.DataFrame, group: str) -> np.ndarray:
    """The target of each cell predicted by a ridge that never saw its `group`, (cells,); NaN where that cannot be.

    The ridge is on the measures that the study has.
    """
    predicted = np.full(len(cells), np.nan)
    measures = [name for name in MEASURES if name in cells and cells[name].notna().any()]
    known = cells[[*measures, "target"]].notna().all(axis=1)
    for name in cells[group].unique():
        seen, out = known & (cells[group] != name), cells[group] == name
        usable = out & cells[measures].notna().all(axis=1)
        if cells.loc[seen, group].nunique() < FEWEST - 1 or not usable.any() or cells.loc[seen, "target"].nunique() < 2:
            continue
        model = make_pipeline(StandardScaler(), Ridge(alpha=PENALTY))
        model.fit(cells.loc[seen, measures].to_numpy(), cells.loc[seen, "target"].to_numpy())
        predicted[usable] = model.predict(cells.loc[usable, measures].to_numpy())
    return predicted


def value_errors(
    rows: pd.DataFrame, weights: Mapping[str, pd.Series], observations: Mapping[str, Observations]
) -> dict[tuple[str, str], dict[str, float]]:
    """Standard errors of the measures and of their weighted sums, of each (teacher, language), from its rows."""
    of_cells = dict(iter(rows.groupby(["teacher", "language"])))
    errors = {}
    for cell, parts in parts_by_request(rows, observations).items():
        share = of_cells[cell].get(FIDELITY, pd.Series(np.nan)).mean()
        errors[cell] = errors_of(parts, share_error(share, len(parts)), weights)
    return errors


def agreement(cells: pd.DataFrame, predictor: str, seed: int) -> Json:
    """How a predictor's order of teachers agrees with the target's, language by language.

    Returns languages and teachers counted, rho (mean over languages of Spearman's ρ over teachers), top (the share of
    the target's best `of` teachers among the predictor's best `of`, mean over languages; by_chance is of guessing) and
    the 95 % intervals of both from resampled teachers and languages; rho_floor is the low end of rho's interval at 95 %
    over all predictors together (Bonferroni). None where there is no number.
    """
    known = cells.dropna(subset=[predictor, "target"])
    report: Json = {"predictor": predictor, **dict.fromkeys(NUMBERS)}
    counts = known.groupby("language")["teacher"].nunique()
    report |= {"teachers": int(known["teacher"].nunique()), "languages": len(counts)}
    if known.empty or counts.min() < FEWEST:
        return report
    of = 3 if counts.min() >= 2 * FEWEST else 1
    report |= {"of": of, "by_chance": of / float(counts.mean())}
    parts = [part[[predictor, "target"]].to_numpy(dtype=float) for _, part in known.groupby("language")]
    rho = np.array([rank_correlations(x[None], y[None])[0] for x, y in (part.T for part in parts)])
    if np.isnan(rho).all():  # all teachers have the same value, and no order
        return report
    report["rho"] = float(np.nanmean(rho))
    report["top"] = float(np.mean([_recall(x[None], y[None], of)[0] for x, y in (part.T for part in parts)]))
    panel = panel_of(known)
    drawn = None if panel is None else resamples(panel, RESAMPLES, np.random.default_rng(seed))
    if drawn is not None:
        shape = (RESAMPLES, *panel.shape)
        sides = [
            known[name].to_numpy(dtype=float)[drawn].reshape(shape).swapaxes(1, 2) for name in (predictor, "target")
        ]
        rhos = np.nanmean(rank_correlations(*sides), axis=1)
        for name, values in (("rho", rhos), ("top", _recall(*sides, of).mean(axis=1))):
            report[f"{name}_low"], report[f"{name}_high"] = map(float, np.nanpercentile(values, [2.5, 97.5]))
        report["rho_floor"] = float(np.nanpercentile(rhos, 2.5 / len(PREDICTORS)))
    return report


def _recall(x: np.ndarray, y: np.ndarray, of: int) -> np.ndarray:
    """The share of the highest `of` of `y` that are among the highest `of` of `x`, along the last axis."""
    best = [rankdata(-values, axis=-1, method="ordinal") <= of for values in (x, y)]
    return (best[0] & best[1]).sum(axis=-1) / of


def table_of(
    base: str,
    cells: pd.DataFrame,
    errors: Mapping[tuple[str, str], Mapping[str, float]],
    predictors: Sequence[str] = PREDICTORS,
) -> pd.DataFrame:
    """The rows of screening.csv of one student base; `errors` as of value_errors."""
    results = []
    for row in cells.to_dict("records"):
        cell = {"student_base": base, "language": row["language"], "teacher": row["teacher"]}
        known = errors.get((row["teacher"], row["language"]), {})
        for predictor in predictors:
            value, half = row[predictor], 1.96 * known.get(predictor, np.nan)
            results.append({**cell, "predictor": predictor, "value": value, "low": value - half, "high": value + half})
    table = pd.DataFrame(results)
    table["rank"] = table.groupby(["language", "predictor"])["value"].rank(ascending=False, method="min")
    return table


def main() -> None:
    """Parse the command line, screen each student base, write the table and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--observations", type=Path, help="folder of {student_base}/{language}.rows.parquet and so on")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--mixtures", nargs="+", default=[], help="mixtures of other teachers, which are left out")
    parser.add_argument("--seed", required=True, type=int, help="the study's seed")
    parser.add_argument("--out", required=True, type=Path, help="screening.csv to write, the others beside it")
    arguments = parser.parse_args()
    scores = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    scores = scores[~scores["teacher"].isin(arguments.mixtures)]  # a teacher that is left out would be in its mixtures
    tables, report = [], {}
    for base, rows in scores.groupby("student_base"):
        observed: Mapping[Table, Observations] = {}
        if arguments.observations:
            observed = read_observations(arguments.observations, rows)
        by_language = {language: part for (_, language), part in observed.items()}
        cells, target = screened(rows, by_language)
        errors = value_errors(rows, weights_of(cells), by_language)
        tables.append(table_of(base, cells, errors))
        seeds = {predictor: derive_seed(arguments.seed, "screening", base, predictor) for predictor in PREDICTORS}
        held = [agreement(cells, predictor, seed) for predictor, seed in seeds.items()]
        learned = cells[["language", "teacher", "target"]].dropna().to_dict("records")
        report[base] = {"target": target, "agreement": held, "cells": learned}
    table = pd.concat(tables).reindex(columns=list(SCREENING.columns))
    table = check(table.sort_values(list(SCREENING.unique), ignore_index=True), SCREENING, arguments.out)
    write_sheet(arguments.out, table)
    write_json(arguments.out.with_suffix(".json"), report)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table, report), encoding="utf-8")


if __name__ == "__main__":
    run(main)
