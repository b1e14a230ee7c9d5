"""How metrics and students order planted teachers, whose order is known: the less of their data is damaged, the better.

Reads scores.csv, the observations behind it and what each teacher's damage is. Writes planted.csv (a row a student
base, language, measure and teacher, with its lead over the undamaged teacher), planted.pairs.csv (a row a student base,
language and measure: correlation with the planted order, pairs in order, tied and reversed) and planted.md, which warns
of a measure that rewards damage. Differences are paired over items or rows; those of pairs hold at 95 % over all pairs
of a measure together (Bonferroni), leads at 95 % each.
"""

import argparse
import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa
from scipy.stats import norm, spearmanr

from polyglot.analysis.observations import Observations, data_names, read_observations, score_errors
from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import main_block
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import check, read_sheet, write_sheet
from polyglot.evaluation.standard_errors import TWO_SIDED

GAIN = "gain"


class Measure(NamedTuple):
    """`scale`: what turns a row's value into one of which more is better; `part`: a row's part in the mean's error."""

    name: str
    scale: float
    part: float


# A diversity is a mean over pairs of rows, so a row has two parts in it. Prompts are not damaged: theirs is the same.
MEASURES = {
    "response_distance": Measure("response diversity", 1, 2),
    "score": Measure("judge score", 1, 1),
    "perplexity": Measure("log perplexity", -1, 1),
}
_number = pa.Column(float, nullable=True, coerce=True)
_names = {name: pa.Column(str) for name in ("student_base", "language", "measure")}
PLANTED = pa.DataFrameSchema(
    {
        **_names,
        "teacher": pa.Column(str),
        "damage": pa.Column(str),
        "share": pa.Column(float, pa.Check.in_range(0, 1), coerce=True),
        **dict.fromkeys(("value", "lead", "low", "high"), _number),
        "rewarded": pa.Column(bool),
    },
    unique=["student_base", "language", "measure", "teacher"],
    strict=True,
    ordered=True,
)
PAIRS = pa.DataFrameSchema(
    {
        **_names,
        "rho": _number,
        **{name: pa.Column(int, pa.Check.ge(0)) for name in ("in_order", "tied", "reversed")},
    },
    unique=list(_names),
    strict=True,
    ordered=True,
)


class Units(NamedTuple):
    """What a measure is the mean of: `items` with benchmark, weight and stratum, `values` (units, teachers)."""

    items: pd.DataFrame
    values: np.ndarray
    part: float


def units_of(observed: Observations, sets: Mapping[str, list[str]]) -> dict[str, Units]:
    """The units of each measure; `sets` are the data sets of each teacher, over whose trials values are means.

    More is better in all: log perplexity is negated.
    """
    items = observed.deciding.reset_index(drop=True)
    gains = [items[names].mean(axis=1) - items["base"] for names in sets.values()]
    units = {GAIN: Units(items, np.column_stack(gains), 1)}
    for column, measure in MEASURES.items():
        table = observed.rows.pivot_table(index="request_id", columns="data", values=column, dropna=False)
        values = np.column_stack([table.reindex(columns=names).mean(axis=1) for names in sets.values()]).astype(float)
        values = measure.scale * (np.log(values) if column == "perplexity" else values)
        rows = pd.DataFrame({"benchmark": "rows", "weight": 1.0, "stratum": ""}, index=range(len(values)))
        units[measure.name] = Units(rows, values, measure.part)
    return units


def difference(units: Units, first: int, second: int) -> tuple[float, float]:
    """Mean over the units that both teachers have, the first's less the second's, and its standard error."""
    apart = units.values[:, first] - units.values[:, second]
    known = ~np.isnan(apart)
    items, apart = units.items[known].reset_index(drop=True), apart[known]
    if not len(apart):
        return np.nan, np.nan
    parts = [np.average(apart[place], weights=items["weight"].to_numpy()[place]) for place in _benchmarks(items)]
    return float(np.mean(parts)), float(units.part * score_errors(items, apart[:, None])[0])


def _benchmarks(items: pd.DataFrame) -> list[np.ndarray]:
    return list(items.groupby("benchmark", sort=False).indices.values())


def value(units: Units, teacher: int) -> float:
    """A teacher's mean over the units that it has."""
    zero = units._replace(values=np.column_stack([units.values[:, teacher], np.zeros(len(units.values))]))
    return difference(zero, 0, 1)[0]


def of_measure(units: Units, shares: list[float]) -> tuple[list[Json], Json]:
    """Each teacher's value and lead over the undamaged one, and the order of all pairs, against `shares` damaged."""
    real = shares.index(0.0)
    rows = []
    for place in range(len(shares)):
        lead, error = difference(units, place, real)
        half = TWO_SIDED * error if place != real else 0.0
        ends = {"low": lead - half, "high": lead + half}
        rows.append({"value": value(units, place), "lead": lead, **ends, "rewarded": bool(ends["low"] > 0)})
    pairs = [pair for pair in combinations(range(len(shares)), 2) if shares[pair[0]] != shares[pair[1]]]
    limit = norm.ppf(1 - 0.025 / max(len(pairs), 1))
    counts = {"in_order": 0, "tied": 0, "reversed": 0}
    for first, second in pairs:
        better, worse = sorted((first, second), key=lambda place: shares[place])
        lead, error = difference(units, better, worse)
        apart = error > 0 and abs(lead) > limit * error
        counts[("in_order" if lead > 0 else "reversed") if apart else "tied"] += 1
    values = [row["value"] for row in rows]
    known = np.isfinite(values).all() and len(set(values)) > 1
    return rows, {"rho": float(spearmanr([-share for share in shares], values)[0]) if known else None, **counts}


def tables(rows: pd.DataFrame, observed: Mapping, damages: Mapping[str, Json]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """planted.csv and planted.pairs.csv. Raises InputError where no teacher, or several, are undamaged."""
    planted, orders = [], []
    for (base, language), part in rows[rows["teacher"].isin(damages)].groupby(["student_base", "language"]):
        sets = {teacher: data_names(own) for teacher, own in part.groupby("teacher")}
        shares = [damages[teacher]["share"] for teacher in sets]
        if shares.count(0.0) != 1:
            raise InputError(
                f"--planted: {shares.count(0.0)} undamaged teachers in {language}; the design needs one, rows: public"
            )
        for measure, units in units_of(observed[base, language], sets).items():
            key = {"student_base": base, "language": language, "measure": measure}
            of_teachers, order = of_measure(units, shares)
            orders.append({**key, **order})
            for teacher, row in zip(sets, of_teachers, strict=True):
                damage = {"damage": damages[teacher]["kind"], "share": damages[teacher]["share"]}
                planted.append({**key, "teacher": teacher, **damage, **row})
    return pd.DataFrame(planted, columns=list(PLANTED.columns)), pd.DataFrame(orders, columns=list(PAIRS.columns))


def page(planted: pd.DataFrame, orders: pd.DataFrame, trials: int) -> str:
    """Both tables in words, and a warning for each measure that rewards damage; `trials` of each data set."""
    blocks = [
        "# Planted teachers",
        "The rows of these teachers are what people wrote, a known share of them damaged; the less is damaged, the"
        " better is the teacher. A measure that can be trusted puts them in that order, and none above the undamaged"
        " one. More is better in every column: log perplexity is negated.",
        "Every data set has one trial: how much a student differs when it is trained again is in no interval of gain."
        if trials == 1
        else "",
    ]
    for (base, language), part in orders.groupby(["student_base", "language"], sort=False):
        own = planted[(planted["student_base"] == base) & (planted["language"] == language)]
        header = ["measure", "ρ with the planted order", "pairs in order", "tied", "reversed"]
        cells = [[row.measure, written(row.rho, 2), row.in_order, row.tied, row.reversed] for row in part.itertuples()]
        wide = own.pivot_table(index=["share", "damage", "teacher"], columns="measure", values="value", sort=False)
        wide = wide[list(part["measure"])].sort_index().reset_index()
        names = list(part["measure"])
        listed = [
            [row["teacher"], row["damage"], f"{row['share']:.0%}", *(written(row[n]) for n in names)]
            for _, row in wide.iterrows()
        ]
        blocks += [
            f"## {language}, students of {base}",
            markdown_table(cells, header),
            *(warning(measure, rows) for measure, rows in own.groupby("measure", sort=False)),
            markdown_table(listed, ["teacher", "damage", "rows damaged", *names]),
        ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def warning(measure: str, rows: pd.DataFrame) -> str:
    """A sentence that names the teachers whose damage the measure rewards; empty where there are none."""
    rewarded = rows[rows["rewarded"]].sort_values("lead", ascending=False)
    if rewarded.empty:
        return ""
    leads = ", ".join(
        f"{row.teacher} by {written(row.lead)} ({written(row.low)} to {written(row.high)})"
        for row in rewarded.itertuples()
    )
    return f"**Warning: {measure} rewards damage.** Above what people wrote: {leads}."


def main() -> None:
    """Parse the command line, compare the teachers, write both tables and the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--observations", type=Path, required=True, help="folder of {student_base}/{language} tables")
    parser.add_argument(
        "--planted", type=json.loads, required=True, help="JSON: teacher → kind and share of its damage"
    )
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="planted.csv; .pairs.csv and .md are written beside it")
    arguments = parser.parse_args()
    rows = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    observed = read_observations(arguments.observations, rows)
    planted, orders = tables(rows, observed, arguments.planted)
    pairs = arguments.out.with_suffix(".pairs.csv")
    write_sheet(arguments.out, check(planted, PLANTED, arguments.out))
    write_sheet(pairs, check(orders, PAIRS, pairs))
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(planted, orders, rows["trial"].nunique()), encoding="utf-8")


if __name__ == "__main__":
    run(main)
