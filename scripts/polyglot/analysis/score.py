"""Score every measured student: intrinsic z, PGR, gain and PG-Score, and whether the anchors allow a PGR at all.

Reads measurements.csv; writes scores.csv (one row a student base, teacher, language, recipe, size and trial) and
scores.json (populations behind the z-scores, notes, empty cells by column), because an empty score needs its reason.
Terms are those of the paper (arXiv 2604.11290, sections 2.2 to 2.4).
"""

import argparse
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.measurements import KEY, MEASUREMENTS, read_measurements
from polyglot.core.errors import InputError, run
from polyglot.core.files import write_json
from polyglot.core.sheets import check, write_sheet
from polyglot.metrics import registry

CELL = ["teacher", "language"]
INTRINSIC = ["prompt_diversity", "response_diversity", "judge_score", "perplexity"]
ANCHORS = ["base_score", "base_score_se", "reference_score", "reference_score_se"]
MEASURED = ["culture", "chat", "math", "student_score", "student_score_se", "base_score", "reference_score"]


_DERIVED = ["pgr", "gain", "z_intrinsic", "pg_score", "pg_score_gain"]
_finite = pa.Check(np.isfinite, name="finite", error="finite")
SCORES = pa.DataFrameSchema(
    {
        **{name: MEASUREMENTS.columns[name] for name in [*KEY, *registry.COLUMNS, *MEASURED]},
        "anchor_valid": pa.Column("boolean", nullable=True, coerce=True),
        **{name: pa.Column(float, _finite, nullable=True, coerce=True) for name in _DERIVED},
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


def main_cells(rows: pd.DataFrame, recipe: str, size: int) -> pd.DataFrame:
    """The rows of one student base over which z-scores are taken, with a column `cell` that numbers the cells.

    They are the base's main block (`recipe` at `size`); a base without one (an ablation alone) is its own population.
    """
    main = rows[(rows["recipe"] == recipe) & (rows["size"] == size)]
    block = rows if main.empty else main
    return block.assign(cell=block.groupby([*CELL, "recipe", "size"], sort=False).ngroup())


def z_scores(values: pd.DataFrame, population: pd.DataFrame, cell: pd.Series) -> pd.DataFrame:
    """Each column of `values` on the scale of `population`: (x − mean) / SD, population SD over cells.

    Trials of one cell are averaged first, so that a cell with more trials does not weigh more.
    A column whose population has fewer than two known cells, or no spread, has no scale: its z is unknown.
    """
    cells = population.groupby(cell).mean()
    spread = cells.max() - cells.min()
    flat = (cells.count() < 2) | (spread <= 1e-12 * cells.abs().max())
    return (values - cells.mean()) / cells.std(ddof=0).mask(flat)


def anchor_valid(rows: pd.DataFrame) -> pd.Series:
    """Whether PGR has a meaning: reference − base above twice its standard error. Unknown where that is not known."""
    gap = rows["reference_score"] - rows["base_score"]
    error = np.sqrt(rows["base_score_se"] ** 2 + rows["reference_score_se"] ** 2)
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


def pg_score(z: Half, extrinsic: Half, alpha: float = 0.5) -> Half:
    """PG-Score of cells: α · intrinsic z + (1 − α) · extrinsic half. The extrinsic half is PGR or the z of gain.

    The paper's Table 1 is this with α = 0.5; its Eq. 3 says otherwise.
    """
    return alpha * z + (1 - alpha) * extrinsic


def score(measurements: pd.DataFrame, main_recipe: str, main_size: int) -> Scored:
    """Score every row of `measurements`; each student base has its own population and its own anchors.

    Raises InputError where one student base has two different anchors for one language.
    """
    _check_anchors(measurements)
    rows = measurements.assign(
        anchor_valid=anchor_valid(measurements),
        pgr=pgr(measurements),
        gain=measurements["student_score"] - measurements["base_score"],
    )
    result = Scored(rows)
    parts = [_score_base(base, part, main_recipe, main_size, result) for base, part in rows.groupby("student_base")]
    rows = pd.concat(parts) if parts else rows.assign(z_intrinsic=np.nan, pg_score=np.nan, pg_score_gain=np.nan)
    result.scores = rows.sort_values(KEY, kind="stable")[list(SCORES.columns)].reset_index(drop=True)
    return result


def _score_base(base: str, rows: pd.DataFrame, recipe: str, size: int, result: Scored) -> pd.DataFrame:
    block = main_cells(rows, recipe, size)
    quality = z_scores(features(rows), features(block), block["cell"])
    gain = z_scores(rows[["gain"]], block[["gain"]], block["cell"])["gain"]
    z = quality.mean(axis=1, skipna=False)
    main = bool((block["recipe"] == recipe).all() and (block["size"] == size).all())
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
    return rows.assign(z_intrinsic=z, pg_score=pg_score(z, rows["pgr"]), pg_score_gain=pg_score(z, gain))


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
    parser.add_argument("--main-recipe", required=True, help="recipe of the study's main block, for example mix")
    parser.add_argument("--main-size", required=True, type=int, help="rows in a training mix of the main block")
    parser.add_argument("--out", required=True, help="scores.csv to write")
    parser.add_argument("--summary", required=True, help="scores.json to write")
    arguments = parser.parse_args()

    scored = score(read_measurements(arguments.measurements), arguments.main_recipe, arguments.main_size)
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
