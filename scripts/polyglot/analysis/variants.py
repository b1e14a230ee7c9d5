"""Which conclusions about the best teachers survive which choices: weights, z-scores, PGR, and left-out parts.

Everything is of one student base's main block. `cells` here is one row a (teacher, language) with the four intrinsic
features (more is better), pgr and gain; a variant turns cells into teachers' means, and is compared with the baseline.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pandas as pd

from polyglot.analysis.score import INTRINSIC, pg_score, z_scores
from polyglot.analysis.statistics import spearman

ALPHAS = [round(0.05 * step, 2) for step in range(21)]
PLACES = 3


class Variant(NamedTuple):
    """One way of scoring: the kind of choice, its setting, and the teachers' means under it."""

    choice: str
    setting: str
    means: pd.Series


def z_of(cells: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """z-scores of columns over `cells`, of which each row is a cell."""
    return z_scores(cells[columns], cells[columns], pd.Series(range(len(cells)), index=cells.index))


def intrinsic_z(cells: pd.DataFrame, metrics: list[str] = INTRINSIC, within_language: bool = False) -> pd.Series:
    """Mean of the metrics' z-scores over all cells, or over each language's cells."""
    groups = [part for _, part in cells.groupby("language")] if within_language else [cells]
    z = pd.concat([z_of(part, metrics) for part in groups]).reindex(cells.index)
    return z.mean(axis=1, skipna=False)


def means(cells: pd.DataFrame, z: pd.Series, extrinsic: pd.Series, alpha: float = 0.5) -> pd.Series:
    """Teachers' means over languages of the PG-Score; unknown where a cell is."""
    scores = pg_score(z, extrinsic, alpha)
    return scores.groupby(cells["teacher"]).agg(lambda column: column.mean(skipna=False))


def variants(cells: pd.DataFrame, benchmarks: pd.DataFrame | None = None) -> Iterator[Variant]:
    """Every variant; the first is the baseline (the paper's: pooled z, PGR, equal weights).

    Args:
        benchmarks: rows (teacher, language, mean_of_ratios) where scores of single benchmarks exist, else None.
    """
    z, pgr = intrinsic_z(cells), cells["pgr"]
    yield Variant("baseline", "pooled z, PGR, α = 0.5", means(cells, z, pgr))
    for alpha in ALPHAS:
        yield Variant("weight of the intrinsic half", f"α = {alpha:g}", means(cells, z, pgr, alpha))
    yield Variant("z-scores", "within language", means(cells, intrinsic_z(cells, within_language=True), pgr))
    if benchmarks is not None:
        ratios = cells.merge(benchmarks, on=["teacher", "language"], how="left")["mean_of_ratios"].to_numpy()
        yield Variant("PGR", "mean of ratios", means(cells, z, pd.Series(ratios, index=cells.index)))
    known = cells[cells["gain"].groupby(cells["language"]).transform("count") == cells["teacher"].nunique()]
    if len(known):
        gain = z_of(known, ["gain"])["gain"]
        dropped = sorted(set(cells["language"]) - set(known["language"]))
        setting = "z of student − base" + (f" (without {', '.join(dropped)}: base not known)" if dropped else "")
        yield Variant("extrinsic half", setting, means(known, z[known.index], gain))
    for metric in INTRINSIC:
        rest = [name for name in INTRINSIC if name != metric]
        yield Variant("metric left out", metric, means(cells, intrinsic_z(cells, rest), pgr))
    for column in ("language", "teacher"):
        for name in sorted(cells[column].unique()):
            rest = cells[cells[column] != name]
            if rest["teacher"].nunique() > 1 and len(rest):
                yield Variant(f"{column} left out", name, means(rest, intrinsic_z(rest), rest["pgr"]))


def compare(results: list[Variant]) -> pd.DataFrame:
    """Each variant beside the first: its first places, what survives, and Spearman's ρ over the teachers of both.

    Columns: choice, setting, place_1 … place_3, same_first, same_second, same_first_three (the set), n, rho, low, high.
    A teacher that a variant leaves out is left out of the baseline too before places are compared. Where a mean is
    unknown, in the variant or in the baseline, nothing is compared.
    """
    baseline = results[0].means
    rows = []
    for choice, setting, of_variant in results:
        row = {"choice": choice, "setting": setting}
        if len(of_variant) and of_variant.notna().all() and baseline.notna().all():
            shared = baseline[baseline.index.isin(of_variant.index)]
            before, after = _order(shared), _order(of_variant)
            row |= {f"place_{place + 1}": name for place, name in enumerate(after[:PLACES])}
            row |= {
                "same_first": before[:1] == after[:1],
                "same_second": before[1:2] == after[1:2],
                "same_first_three": set(before[:PLACES]) == set(after[:PLACES]),
            }
            found_rho = spearman(shared.sort_index(), of_variant.sort_index())
            row |= {"n": found_rho.n, "rho": found_rho.rho, "low": found_rho.low, "high": found_rho.high}
        rows.append(row)
    columns = ["choice", "setting", *(f"place_{place}" for place in range(1, PLACES + 1))]
    columns += ["same_first", "same_second", "same_first_three", "n", "rho", "low", "high"]
    return (
        pd.DataFrame(rows)
        .reindex(columns=columns)
        .astype({"same_first": "boolean", "same_second": "boolean", "same_first_three": "boolean", "n": "Int64"})
    )


def survival(table: pd.DataFrame, baseline: pd.Series) -> pd.DataFrame:
    """For each conclusion on the first places and each kind of choice: settings under which it holds, of how many."""
    order = _order(baseline)
    conclusions = {
        "same_first": f"{order[0]} is first",
        "same_second": f"{order[1]} is second" if len(order) > 1 else None,
        "same_first_three": f"{', '.join(order[:PLACES])} are the first {len(order[:PLACES])}",
    }
    others = table[table["choice"] != "baseline"].dropna(subset=["same_first"])
    rows = []
    for column, conclusion in conclusions.items():
        for choice, part in others.groupby("choice", sort=False) if conclusion else ():
            holds = part[column].astype(bool).tolist()
            fails = _failing(part["setting"].tolist(), holds, choice.startswith("weight"))
            rows.append((conclusion, choice, sum(holds), len(holds), fails))
    return pd.DataFrame(rows, columns=["conclusion", "choice", "holds", "of", "fails_under"])


def alpha_curve(cells: pd.DataFrame) -> pd.DataFrame:
    """Rows (alpha, teacher, mean, rank): the PG-Score of each teacher as the weight of the intrinsic half grows."""
    z = intrinsic_z(cells)
    curves = []
    for alpha in ALPHAS:
        averages = means(cells, z, cells["pgr"], alpha)
        ranks = averages.round(12).rank(ascending=False, method="min")
        curves.append(
            pd.DataFrame(
                {"alpha": alpha, "teacher": averages.index, "mean": averages.to_numpy(), "rank": ranks.to_numpy()}
            )
        )
    return pd.concat(curves, ignore_index=True).astype({"rank": "Int64"})


def _failing(settings: list[str], holds: list[bool], ordered: bool) -> str:
    """The settings that do not hold; neighbours on an ordered scale are written as a range."""
    runs = [
        [setting for setting, _ in run]
        for held, run in groupby(zip(settings, holds, strict=True), key=lambda pair: pair[1])
        if not held
    ]
    if not ordered:
        return "; ".join(setting for run in runs for setting in run)
    return "; ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1].split()[-1]}" for run in runs)


def _order(means: pd.Series) -> list[str]:
    """Teachers from best to worst, ties by name; differences below rounding are ties."""
    return list(means.round(12).sort_index().sort_values(ascending=False, kind="stable").index)


def mean_of_ratios(scores: pd.DataFrame) -> pd.DataFrame:
    """PGR as the mean over benchmarks of (student − base) / (reference − base), for each (teacher, language).

    Args:
        scores: rows teacher, language, benchmark, student, base, reference.

    A benchmark on which reference and base are equal has no ratio, and then the cell has no mean of ratios.
    """
    gap = (scores["reference"] - scores["base"]).replace(0.0, np.nan)
    ratios = scores.assign(mean_of_ratios=(scores["student"] - scores["base"]) / gap)
    groups = ratios.groupby(["teacher", "language"])["mean_of_ratios"]
    return groups.agg(lambda column: column.mean(skipna=False)).reset_index()
