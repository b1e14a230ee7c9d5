"""Rank teachers by their rows alone, before any student is trained, and say on what evidence that stands.

Reads the frozen rows of each teacher with their metrics and, as evidence, the screening of a finished study
(screening.csv and .json). Writes screen.csv (a row a student base, language, teacher and predictor, as screening.csv),
screen.json and screen.md. Predictors are the measures of analysis.predictors, their mean z, and a ridge on what the
finished study's students gained. Intervals are over rows; teachers were asked the same requests, so that two of them
are compared request by request, at 95 % over all pairs of a language together (Bonferroni).

The order of the page is that of the predictor which the evidence shows best. Where it shows none it is the mean z of
all measures but those that came later, which was chosen before any of them was seen: each finds another fault of rows.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.linear_model import Ridge

from polyglot.analysis.measurements import KEY, read_metrics
from polyglot.analysis.observations import Observations, read_rows
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
from polyglot.analysis.score import spread_of
from polyglot.analysis.screen_page import page
from polyglot.analysis.screening import FEWEST, FITTED, PENALTY, SCREENING, table_of
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, whole, write_json
from polyglot.core.sheets import check, read_sheet, write_sheet
from polyglot.metrics.registry import COLUMNS
from polyglot.study.design import Cell

SCREENED_BY = [*MEASURES, MEAN_Z, ALL_Z, RIDGE]


class Evidence(NamedTuple):
    """The screening of one student base of a finished study: values of its predictors, and how they agreed.

    `targets` are (language, teacher, target): what the students gained.
    """

    study: str
    base: str
    values: pd.DataFrame
    agreement: list[Json]
    targets: pd.DataFrame

    @property
    def languages(self) -> list[str]:
        return sorted(self.values["language"].unique())


def read_evidence(folder: Path, base: str) -> Evidence:
    """The evidence of a finished study, of the student base of that name or else of the one with the most cells."""
    table, report = read_sheet(folder / "screening.csv", SCREENING), read_json(folder / "screening.json")
    known = table["student_base"].value_counts()
    chosen = base if base in known else str(known.idxmax())
    targets = pd.DataFrame(report[chosen]["cells"], columns=["language", "teacher", "target"])
    values = table[table["student_base"] == chosen]
    return Evidence(folder.name, chosen, values, report[chosen]["agreement"], targets)


def shown(evidence: Evidence, language: str) -> list[Json]:
    """What the evidence shows to order the teachers of a language, best first; nothing for one that it lacks."""
    entries = [
        entry | {"predictor": RIDGE if entry["predictor"] in FITTED else entry["predictor"]}
        for entry in evidence.agreement
    ]
    proved = [entry for entry in entries if (entry["rho_floor"] or 0.0) > 0]
    return sorted(proved, key=lambda entry: -entry["rho_floor"]) if language in evidence.languages else []


def calibrated(evidence: Evidence, cells: pd.DataFrame) -> pd.Series:
    """The weight of each measure in the ridge: its coefficient in the finished study, by the spread of it here.

    Both studies' measures are z-scores over their own cells, for judges and embedders differ. NaN without targets.
    """
    wide = evidence.values.pivot(index=["language", "teacher"], columns="predictor", values="value").reset_index()
    known = wide.merge(evidence.targets.dropna(), on=["language", "teacher"])
    there, here = (spread_of(part[MEASURES], pd.Series(range(len(part)), index=part.index)) for part in (known, cells))
    used = [name for name in MEASURES if np.isfinite(there[name]) and np.isfinite(here[name])]
    known = known.dropna(subset=used)
    if not used or known["teacher"].nunique() < FEWEST:
        return pd.Series(np.nan, MEASURES)
    z = (known[used] - known[used].mean()) / there[used]
    coefficients = Ridge(alpha=PENALTY).fit(z.to_numpy(), known["target"].to_numpy()).coef_
    return (pd.Series(coefficients, used) / here[used]).reindex(MEASURES, fill_value=0.0)


def rank_ranges(values: Mapping[str, float], parts: pd.DataFrame, shares: Mapping[str, float]) -> dict[str, list[int]]:
    """The first and the last rank that each teacher of a language can have by one predictor.

    `parts` (requests, teachers) are the requests' parts in each value's error, 0 for a request that a teacher lacks;
    `shares` is the error of each value that no row has a part in. What is not known can have any rank.
    """
    teachers = list(values)
    ranges = {teacher: [1, len(teachers)] for teacher in teachers}
    pairs = list(combinations(teachers, 2))
    limit = norm.ppf(1 - 0.025 / max(len(pairs), 1))
    for first, second in pairs:
        lead = values[first] - values[second]
        apart = np.square((parts[first] - parts[second]).to_numpy()).sum()
        if abs(lead) > limit * np.sqrt(apart + shares[first] ** 2 + shares[second] ** 2):
            better, worse = (first, second) if lead > 0 else (second, first)
            ranges[worse][0] += 1
            ranges[better][1] -= 1
    return ranges


def ranges_of(
    cells: pd.DataFrame,
    parts: Mapping[tuple[str, str], pd.DataFrame],
    shares: Mapping[tuple[str, str], float],
    weights: Mapping[str, pd.Series],
) -> dict[str, dict[str, dict[str, list[int]]]]:
    """The ranks that each teacher can have, by language and predictor."""
    results: dict[str, dict[str, dict[str, list[int]]]] = {}
    for language, part in cells.groupby("language"):
        of_predictor = results.setdefault(str(language), {})
        for predictor in SCREENED_BY:
            weight = weights.get(predictor, pd.Series({predictor: 1.0}))
            used = weight[weight != 0]
            own = {teacher: parts[teacher, language][used.index] @ used for teacher in part["teacher"]}
            requests = pd.concat(own.values()).index.unique()
            aligned = pd.DataFrame(
                {teacher: of_own.reindex(requests, fill_value=0.0) for teacher, of_own in own.items()}
            )
            of_share = abs(used.get(FIDELITY, 0.0))
            apart = {teacher: of_share * shares[teacher, language] if of_share else 0.0 for teacher in own}
            values = dict(zip(part["teacher"], part[predictor], strict=True))
            of_predictor[predictor] = rank_ranges(values, aligned, apart)
    return results


def screen(
    rows: pd.DataFrame, observations: Mapping[str, Observations], evidence: Evidence
) -> tuple[pd.DataFrame, Json]:
    """The rows of screen.csv of one student base, and what its page says besides: ranks, evidence, rows."""
    cells = measured(rows, observations)
    weights = {**weights_of(cells), RIDGE: calibrated(evidence, cells)}
    for name, weight in weights.items():
        cells[name] = weighted(cells, weight)
    parts = parts_by_request(rows, observations)
    sizes = rows.set_index(["teacher", "language"])
    shares = {cell: share_error(sizes.at[cell, FIDELITY], len(parts[cell])) for cell in parts}
    errors = {cell: errors_of(parts[cell], shares[cell], weights) for cell in parts}
    ranges = ranges_of(cells, parts, shares, weights)
    languages = {}
    for language in ranges:
        proved = [line for line in shown(evidence, language) if cells[line["predictor"]].notna().any()]
        of_language = sizes.xs(language, level="language")
        languages[language] = {
            "order": proved[0]["predictor"] if proved else ALL_Z,
            "held": language in evidence.languages,
            "shown": [entry["predictor"] for entry in proved],
            "rows": of_language["rows"].astype(int).to_dict(),
            "rows_asked": of_language["size"].astype(int).to_dict(),
            "ranks": ranges[language],
        }
    source = {"study": evidence.study, "student_base": evidence.base, "languages": evidence.languages}
    report = {"evidence": {**source, "agreement": evidence.agreement}, "languages": languages}
    return table_of(str(rows["student_base"].iat[0]), cells, errors, SCREENED_BY), report


def read_cells(results: Path, cells: Sequence[Cell]) -> tuple[pd.DataFrame, dict[str, dict[str, Observations]]]:
    """The data sets as rows of scores.csv, and the rows that they hold, by student base and language."""
    listed, tables = [], {}
    for cell in cells:
        folder = results / "intrinsic" / cell.data
        observed = read_rows(results / "data" / f"{cell.data}.parquet", folder, cell.student_base)
        listed.append({**cell._asdict(), **read_metrics(folder, cell.student_base), "rows": len(observed)})
        tables.setdefault((cell.student_base, cell.language), []).append(observed.assign(data=cell.data))
    by_base: dict[str, dict[str, Observations]] = {}
    for (base, language), parts in tables.items():
        by_base.setdefault(base, {})[language] = Observations(pd.DataFrame(), pd.concat(parts, ignore_index=True))
    rows = pd.DataFrame(listed).astype(dict.fromkeys(COLUMNS, float))  # a share of nothing that can be told is None
    return rows.sort_values(KEY, ignore_index=True), by_base


def main() -> None:
    """Parse the command line, screen for each student base, write the table and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="folder of the study")
    parser.add_argument("--cells", type=json.loads, required=True, help="JSON list of cells, as study.design.Cell")
    parser.add_argument("--names", type=json.loads, required=True, help="JSON: language → its English name")
    parser.add_argument("--evidence", type=Path, required=True, help="folder of the finished study")
    parser.add_argument("--out", type=Path, required=True, help="screen.csv to write, the others beside it")
    arguments = parser.parse_args()
    rows, observations = read_cells(arguments.results, [Cell(*values) for values in arguments.cells])
    tables, report = [], {}
    for base, part in rows.groupby("student_base"):
        table, report[base] = screen(part, observations[base], read_evidence(arguments.evidence, base))
        tables.append(table)
    table = pd.concat(tables).reindex(columns=list(SCREENING.columns))
    table = check(table.sort_values(list(SCREENING.unique), ignore_index=True), SCREENING, arguments.out)
    write_sheet(arguments.out, table)
    write_json(arguments.out.with_suffix(".json"), report)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table, report, arguments.names), encoding="utf-8")


if __name__ == "__main__":
    run(main)
