"""Score every measured student: intrinsic z, PGR, gain and PG-Score, and whether the anchors allow a PGR at all.

Reads measurements.csv and the observations behind it, from which every score gets its standard error; writes scores.csv
(one row a student base, teacher, language, recipe, size and trial, which ends with the rows that its data set has and
those asked for) and scores.json (populations behind the z-scores, notes, empty cells by column), because an empty score
needs its reason.
Terms are those of the paper (arXiv 2604.11290, sections 2.2 to 2.4).
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.measurements import KEY, MEASUREMENTS, read_measurements
from polyglot.analysis.observations import (
    Observations,
    Table,
    data_names,
    influences,
    read_observations,
    score_errors,
)
from polyglot.core.errors import InputError, run
from polyglot.core.files import write_json
from polyglot.core.sheets import check, write_sheet
from polyglot.metrics import registry
from polyglot.synthesis.methods import GIVEN

CELL = ["teacher", "language"]
INTRINSIC = ["prompt_diversity", "response_diversity", "judge_score", "perplexity"]
ANCHORS = ["base_score", "base_score_se", "reference_score", "reference_score_se"]
MEASURED = ["culture", "chat", "math", "student_score", "student_score_se", "base_score", "reference_score"]
DERIVED = ["pgr", "gain", "z_intrinsic", "pg_score", "pg_score_gain"]

_finite = pa.Check(np.isfinite, name="finite", error="finite")


def _number() -> pa.Column:
    return pa.Column(float, _finite, nullable=True, coerce=True)


SCORES = pa.DataFrameSchema(
    {
        **{name: MEASUREMENTS.columns[name] for name in [*KEY, *registry.COLUMNS, *MEASURED]},
        "anchor_gap_se": _number(),
        "anchor_valid": pa.Column("boolean", nullable=True, coerce=True),
        **{f"{name}{end}": _number() for name in DERIVED for end in ("", "_se")},
        "rows": MEASUREMENTS.columns["rows"],
        "rows_asked": pa.Column(int, pa.Check.ge(1)),
    },
    unique=KEY,
    strict=True,
    ordered=True,
)

Half = TypeVar("Half", pd.Series, np.ndarray)


@dataclass
class Scored:
    """Scores, and what a reader must know about how they came to be."""

    scores: pd.DataFrame
    populations: dict[str, dict] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def features(rows: pd.DataFrame) -> pd.DataFrame:
    """The four intrinsic metrics so that more is better: diversities, judge score and −log(1 + perplexity)."""
    return rows[INTRINSIC].assign(perplexity=-np.log1p(rows["perplexity"]))


def is_main(rows: pd.DataFrame, recipe: str, size: int) -> pd.Series:
    """Which rows are of the main block: those of the main recipe at the main size, and data that were given."""
    return rows["recipe"].isin([recipe, GIVEN]) & (rows["size"] == size)


def main_cells(rows: pd.DataFrame, recipe: str, size: int) -> pd.DataFrame:
    """The rows of one student base over which z-scores are taken, with a column `cell` that numbers the cells.

    They are the base's main block (`recipe` at `size`); a base without one (an ablation alone) is its own population.
    """
    main = rows[is_main(rows, recipe, size)]
    block = rows if main.empty else main
    return block.assign(cell=block.groupby([*CELL, "recipe", "size"], sort=False).ngroup())


def z_scores(values: pd.DataFrame, population: pd.DataFrame, cell: pd.Series) -> pd.DataFrame:
    """Each column of `values` on the scale of `population`: (x − mean) / SD, population SD over cells.

    Trials of one cell are averaged first, so that a cell with more trials does not weigh more.
    A column whose population has fewer than two known cells, or no spread, has no scale: its z is unknown.
    """
    return (values - population.groupby(cell).mean().mean()) / spread_of(population, cell)


def spread_of(population: pd.DataFrame, cell: pd.Series) -> pd.Series:
    """Population SD over cells of each column; unknown with fewer than two known cells, or without any spread."""
    cells = population.groupby(cell).mean()
    spread = cells.max() - cells.min()
    flat = (cells.count() < 2) | (spread <= 1e-12 * cells.abs().max())
    return cells.std(ddof=0).mask(flat)


def item_errors(rows: pd.DataFrame, observations: Mapping[Table, Observations]) -> pd.DataFrame:
    """Standard errors over items of the anchors' gap, of PGR and of gain; unknown for tables without observations.

    Differences are paired over the items that both models answered. That of PGR is of first order: the error of
    (student − base) − PGR · (reference − base), relative to the gap.
    """
    errors = pd.DataFrame(np.nan, index=rows.index, columns=["anchor_gap_se", "pgr_se", "gain_se"])
    for table, part in rows.groupby(["student_base", "language"]):
        if table not in observations:
            continue
        items = observations[table].deciding
        base, reference = items["base"].to_numpy(), items["reference"].to_numpy()
        gains = items[data_names(part)].to_numpy() - base[:, None]
        gap = (reference - base)[:, None]
        ratio = part["pgr"].to_numpy()
        errors.loc[part.index, "anchor_gap_se"] = score_errors(items, gap)[0]
        errors.loc[part.index, "gain_se"] = score_errors(items, gains)
        relative = score_errors(items, gains - ratio * gap)
        errors.loc[part.index, "pgr_se"] = relative / (part["reference_score"] - part["base_score"]).abs()
    return errors


def row_errors(rows: pd.DataFrame, spread: pd.Series, observations: Mapping[Table, Observations]) -> pd.Series:
    """Standard error over rows of the intrinsic z, for the population's `spread` of each feature."""
    errors = pd.Series(np.nan, index=rows.index)
    for table, part in rows.groupby(["student_base", "language"]):
        if table not in observations:
            continue
        of_data = dict(iter(observations[table].rows.groupby("data")))
        for place, name in zip(part.index, data_names(part), strict=True):
            shares = influences(of_data[name]) / spread[INTRINSIC].to_numpy()
            errors[place] = np.sqrt(np.square(shares.mean(axis=1)).sum())
    return errors


def anchor_valid(rows: pd.DataFrame) -> pd.Series:
    """Whether PGR has a meaning: reference − base above twice its standard error. Unknown where that is not known.

    `rows` needs base_score, reference_score and anchor_gap_se.
    """
    gap = rows["reference_score"] - rows["base_score"]
    error = rows["anchor_gap_se"]
    valid = (gap > 2 * error).astype("boolean").mask(error.isna() | gap.isna())
    return valid.mask(gap <= 0, False)


def pgr(rows: pd.DataFrame) -> pd.Series:
    """Performance gap recovered, (student − base) / (reference − base); the reported one where anchors are unknown.

    It is computed for anchors that are not valid too, because the paper's is; `anchor_valid` says which those are.
    """
    gap = (rows["reference_score"] - rows["base_score"]).replace(0.0, np.nan)
    recovered = (rows["student_score"] - rows["base_score"]) / gap
    known = rows["reference_score"].notna() & rows["base_score"].notna()
    return recovered.where(known, rows["pgr_reported"])


WEIGHTS = [0.0, 0.25, 0.5, 0.75, 1.0]  # α of the paper's Figure 7


def pg_score(z: Half, extrinsic: Half, alpha: float = 0.5) -> Half:
    """PG-Score of cells: α · intrinsic z + (1 − α) · extrinsic half. The extrinsic half is PGR or the z of gain.

    The paper's Table 1 is this with α = 0.5; its Eq. 3 says otherwise.
    """
    return alpha * z + (1 - alpha) * extrinsic


def pg_score_error(z: pd.Series, extrinsic: pd.Series, alpha: float = 0.5) -> pd.Series:
    """Standard error of a PG-Score from those of its halves, which rest on different observations."""
    return np.hypot(alpha * z, (1 - alpha) * extrinsic)


def score(
    measurements: pd.DataFrame,
    main_recipe: str,
    main_size: int,
    observations: Mapping[Table, Observations] | None = None,
) -> Scored:
    """Score every row of `measurements`; each student base has its own population and its own anchors.

    `observations`, by student base and language, give the standard errors. Without them the error of the anchors' gap
    is that of two independent scores, and the others are unknown. Raises InputError where one student base has two
    different anchors for one language.
    """
    _check_anchors(measurements)
    measurements, observations = measurements.reset_index(drop=True), observations or {}
    rows = measurements.assign(pgr=pgr(measurements), gain=measurements["student_score"] - measurements["base_score"])
    rows = rows.join(item_errors(rows, observations))
    independent = np.hypot(rows["base_score_se"], rows["reference_score_se"])
    rows["anchor_gap_se"] = rows["anchor_gap_se"].fillna(independent)
    rows["anchor_valid"] = anchor_valid(rows)
    rows["rows_asked"] = rows["size"]
    result = Scored(rows)
    parts = [
        _score_base(base, part, main_recipe, main_size, result, observations)
        for base, part in rows.groupby("student_base")
    ]
    rows = pd.concat(parts) if parts else rows
    rows = rows.reindex(columns=[*rows.columns, *(name for name in SCORES.columns if name not in rows)])
    result.scores = rows.sort_values(KEY, kind="stable")[list(SCORES.columns)].reset_index(drop=True)
    return result


def _score_base(
    base: str,
    rows: pd.DataFrame,
    recipe: str,
    size: int,
    result: Scored,
    observations: Mapping[Table, Observations],
) -> pd.DataFrame:
    block = main_cells(rows, recipe, size)
    quality = z_scores(features(rows), features(block), block["cell"])
    gain = z_scores(rows[["gain"]], block[["gain"]], block["cell"])["gain"]
    z = quality.mean(axis=1, skipna=False)
    main = bool(is_main(block, recipe, size).all())
    result.populations[str(base)] = {
        "cells": int(block["cell"].nunique()),
        "main_block": main,
        "known": {
            name: int(count) for name, count in block.groupby("cell")[[*INTRINSIC, "gain"]].mean().count().items()
        },
    }
    if not main:
        result.notes.append(f"{base}: no rows of recipe {recipe} at size {size}; z-scores are over all of its cells")
    without_scale = [*quality.columns[quality.isna().all()], *(["gain"] if gain.isna().all() else [])]
    if without_scale:
        result.notes.append(
            f"{base}: no z-score for {', '.join(without_scale)} in {len(rows)} rows "
            "(fewer than two known cells, or all cells equal)"
        )
    z_se = row_errors(rows, spread_of(features(block), block["cell"]), observations)
    gain_spread = spread_of(block[["gain"]], block["cell"])["gain"]
    return rows.assign(
        z_intrinsic=z,
        z_intrinsic_se=z_se,
        pg_score=pg_score(z, rows["pgr"]),
        pg_score_se=pg_score_error(z_se, rows["pgr_se"]),
        pg_score_gain=pg_score(z, gain),
        pg_score_gain_se=pg_score_error(z_se, rows["gain_se"] / gain_spread),
    )


def _check_anchors(rows: pd.DataFrame) -> None:
    """One student base has one base score and one reference score in a language."""
    distinct = rows.groupby(["student_base", "language"])[ANCHORS].nunique(dropna=False)
    for (base, language), counts in distinct.iterrows():
        for column, count in counts.items():
            if count > 1:
                raise InputError(
                    f"{column} of {base} in {language}: {count} different values; evaluate that model once and "
                    "collect again"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument(
        "--observations", type=Path, help="folder of {student_base}/{language}.items.parquet, .rows.parquet"
    )
    parser.add_argument("--main-recipe", required=True, help="recipe of the study's main block, for example mix")
    parser.add_argument("--main-size", required=True, type=int, help="rows in a training mix of the main block")
    parser.add_argument("--out", required=True, help="scores.csv to write")
    parser.add_argument("--summary", required=True, help="scores.json to write")
    arguments = parser.parse_args()

    measurements = read_measurements(arguments.measurements)
    observations = read_observations(arguments.observations, measurements) if arguments.observations else None
    scored = score(measurements, arguments.main_recipe, arguments.main_size, observations)
    scores = check(scored.scores, SCORES, arguments.out)
    empty = {name: int(count) for name, count in scores.isna().sum().items() if count}
    write_sheet(arguments.out, scores)
    write_json(
        arguments.summary,
        {
            "rows": len(scores),
            "main": {"recipe": arguments.main_recipe, "size": arguments.main_size},
            "populations": scored.populations,
            "empty": empty,
            "notes": scored.notes,
        },
    )


if __name__ == "__main__":
    run(main)
