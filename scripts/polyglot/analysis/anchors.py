"""Report on the anchors of PGR: where PGR is meaningful, and the effect on the order of teachers.

Reads measurements.csv, scores.csv and the observations behind them; writes anchors.csv, places.csv, orders.csv,
identical.csv and chance.csv (their columns are described in anchor_checks) and anchors.md, which says the same in
sentences.
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from polyglot.analysis.anchor_checks import (
    anchor_table,
    at_chance,
    identical_scores,
    orders,
    places,
    shared_requests,
)
from polyglot.analysis.measurements import read_measurements
from polyglot.analysis.observations import read_observations
from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import main_block
from polyglot.core.errors import run
from polyglot.core.files import whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import read_sheet, write_sheet

IN_COMMON = (
    "Requests in common: the share of a main data set's requests that the data sets of all teachers rest on; the others"
    " were rejected for some teacher, which was asked the next ones instead."
)
VALID = {True: "yes", False: "no"}


def grid(headers: list[str], rows: list[list[str]]) -> str:
    return markdown_table(rows, headers)


def anchors_part(table: pd.DataFrame) -> list[str]:
    """The anchors, and one sentence a student base on where PGR means something."""
    rows = [
        [
            row.student_base,
            row.language,
            written(row.base_score, 4),
            written(row.reference_score, 4),
            written(row.gap, 4, signed=True),
            written(row.gap_se, 4, unknown="not known"),
            "not known" if pd.isna(row.anchor_valid) else VALID[row.anchor_valid],
            "not known" if pd.isna(row.below_base) else f"{row.below_base} of {row.students}",
            "not known" if pd.isna(row.shared_requests) else f"{100 * row.shared_requests:.1f} %",
        ]
        for row in table.itertuples()
    ]
    headers = ["student base", "language", "base", "reference", "gap", "SE of gap", "PGR has a meaning", "below base"]
    headers.append("requests in common")
    sentences = []
    for base, part in table.groupby("student_base"):
        valid, negative = part["anchor_valid"].fillna(False), part["gap"] < 0
        sentences.append(
            f"{base}: PGR has a meaning in {int(valid.sum())} of {len(part)} languages; it has none in"
            f" {int((part['anchor_valid'] == False).sum())}, and it is not known whether it has in"  # noqa: E712
            f" {int(part['anchor_valid'].isna().sum())}. The reference scores below the base in"
            f" {', '.join(part['language'][negative]) or 'no language'}"
            + (": there a higher PGR is a lower student score." if negative.any() else ".")
        )
    counted = table.dropna(subset=["below_base"])
    below = f"{counted['below_base'].sum()} of {counted['students'].sum()} students score below their base."
    return [grid(headers, rows), *sentences, below]


def places_part(table: pd.DataFrame) -> list[str]:
    """Ranks of the teachers under three scores."""
    rows = [
        [row.student_base, row.teacher]
        + [
            f"{rank} ({written(value, 3)})"
            for rank, value in (
                (row.rank_pg_score, row.pg_score),
                (row.rank_gain, row.gain),
                (row.rank_pg_score_gain, row.pg_score_gain),
            )
        ]
        for row in table.itertuples()
    ]
    over = "; ".join(
        f"{base}: {languages}" for base, languages in table.groupby("student_base")["languages"].first().items()
    )
    note = f"Rank and mean over the languages in which every teacher has all three scores ({over})."
    return [grid(["student base", "teacher", "pg_score", "gain", "pg_score_gain"], rows), note] if rows else []


def orders_part(table: pd.DataFrame) -> list[str]:
    """How alike the orders of teachers are under three scores."""
    rows = [
        [
            row.student_base,
            f"{row.languages} languages" if row.language == "average" else row.language,
            f"{row.first} and {row.second}",
            str(row.n),
            written(row.rho, 2, unknown="none"),
            f"{written(row.low, 2)} to {written(row.high, 2)}" if not pd.isna(row.low) else "",
        ]
        for row in table.itertuples()
    ]
    return [grid(["student base", "over", "orders compared", "n", "Spearman's ρ", "95 % interval"], rows)]


def degenerate_part(identical: pd.DataFrame, chance: pd.DataFrame, tested: bool) -> list[str]:
    """Evaluations that do not tell students apart."""
    lines = [
        f"- {row.student_base}, {row.language}: {row.students} of {row.of} students have the same {row.what}, "
        f"{written(row.score, 4)}."
        for row in identical.itertuples()
    ]
    lines += [
        f"- {row.student_base}, {row.language}: {row.students} of {row.of} students are within two standard errors of "
        f"guessing ({written(row.chance, 2)}) on {row.what}."
        for row in chance.itertuples()
    ]
    missing = [] if tested else ["Scores of single benchmarks are not known, so none is compared with guessing."]
    return ["\n".join(lines) if lines else "None found.", *missing]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--observations", type=Path, help="folder of {student_base}/{language}.rows.parquet and so on")
    parser.add_argument(
        "--chance", type=json.loads, default={}, help='JSON: task → {"chance", "items"}; none where not measured'
    )
    parser.add_argument("--out", required=True, type=Path, help="folder to write into")
    arguments = parser.parse_args()

    measurements = read_measurements(arguments.measurements)
    scored = read_sheet(arguments.scores, SCORES)
    scores = main_block(scored, arguments.main_recipe, arguments.main_size)
    observations = read_observations(arguments.observations, measurements) if arguments.observations else {}
    tables = {
        "anchors": anchor_table(measurements, scored, shared_requests(scores, observations)),
        "places": places(scores),
        "orders": orders(scores),
        "identical": identical_scores(measurements),
        "chance": at_chance(measurements, arguments.chance),
    }
    for name, table in tables.items():
        write_sheet(arguments.out / f"{name}.csv", table)
    blocks = [
        "# Anchors of PGR",
        "PGR = (student − base) / (reference − base). It has a meaning where reference − base is above twice its"
        " standard error.",
        *anchors_part(tables["anchors"]),
        *([IN_COMMON] if observations else []),
        "## Order of teachers",
        "`pg_score` uses PGR; `gain` is student − base; `pg_score_gain` has the z-score of gain in the place of PGR.",
        *places_part(tables["places"]),
        *orders_part(tables["orders"]),
        "## Evaluations that do not tell students apart",
        *degenerate_part(tables["identical"], tables["chance"], bool(arguments.chance)),
    ]
    with whole(arguments.out / "anchors.md") as temporary:
        temporary.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
