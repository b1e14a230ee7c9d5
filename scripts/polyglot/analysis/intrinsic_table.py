"""What is known of data sets before any student is trained: one table and one page, with intervals.

Reads the intrinsic metrics of each cell with the values of its rows, its near-duplicates and its contamination, which
lie below the study's folder as the layout has them. Writes a CSV and, beside it, the page in Markdown.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
from statsmodels.stats.proportion import proportion_confint

from polyglot.analysis.measurements import KEY, read_metrics
from polyglot.analysis.observations import influences, read_rows
from polyglot.analysis.score import INTRINSIC, features, main_cells, z_scores
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import check, write_sheet
from polyglot.evaluation.standard_errors import TWO_SIDED
from polyglot.study.design import Cell

WITH_INTERVAL = [*INTRINSIC, "language_fidelity"]
SHARES = ["prompt_near_duplicates", "response_near_duplicates", "contaminated_share"]


def _number(low: float | None = None, high: float | None = None) -> pa.Column:
    bounds = [pa.Check.ge(low)] if low is not None else []
    bounds += [pa.Check.le(high)] if high is not None else []
    return pa.Column(float, bounds, nullable=True, coerce=True)


BEFORE_TRAINING = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in KEY[:4]},
        **{name: pa.Column(int, pa.Check.ge(1)) for name in [*KEY[4:], "rows"]},
        **{f"{name}{end}": _number() for name in WITH_INTERVAL for end in ("", "_low", "_high")},
        **{name: _number(0) for name in ("prompt_length", "response_length", "judge_invalid_rate")},
        **{name: pa.Column(int, pa.Check.ge(0)) for name in ("answers", "undetermined")},
        **{name: _number(0, 1) for name in SHARES},
        "contaminated_benchmark": pa.Column(str, nullable=True),
        "z_intrinsic": _number(),
    },
    strict=True,
    unique=KEY,
)


def interval(name: str, value: float, error: float) -> tuple[float, float]:
    """95 % interval of an intrinsic feature; `error` is that of −log(1 + perplexity) for the perplexity."""
    half = TWO_SIDED * error
    if name == "perplexity":
        return (1 + value) * np.exp(-half) - 1, (1 + value) * np.exp(half) - 1
    return value - half, value + half


def of_rows(values: Json, observed: pd.DataFrame) -> Json:
    """The intervals of the four features from the values of a data set's rows; unknown for a single row."""
    errors = np.sqrt(np.square(influences(observed)).sum(axis=0))
    limits: Json = {}
    for name, error in zip(INTRINSIC, errors, strict=True):
        limits[f"{name}_low"], limits[f"{name}_high"] = interval(name, values[name], error)
    return limits


def of_language(fidelity: Json) -> Json:
    """The exact interval of the share of answers in the language, among those that can be told."""
    counts = {name: fidelity[name] for name in ("answers", "undetermined")}
    judged = fidelity["answers"] - fidelity["undetermined"]
    if not judged:
        return counts
    right = round(fidelity["language_fidelity"] * judged)
    low, high = proportion_confint(right, judged, method="beta")
    return {"language_fidelity_low": low, "language_fidelity_high": high, **counts}


def of_benchmarks(contamination: Json) -> Json:
    """The benchmark of which a data set holds most, and the share of its items; none where none could be looked for."""
    shares = {name: total["contaminated_share"] for name, total in contamination["benchmarks"].items()}
    known = {name: share for name, share in shares.items() if share is not None}
    worst = max(sorted(known), key=known.__getitem__, default=None)
    return {"contaminated_benchmark": worst, "contaminated_share": known.get(worst)}


def row_of(cell: Cell, results: Path) -> Json:
    """All that is measured of a cell's data set."""
    folder = results / "intrinsic" / cell.data
    values = read_metrics(folder, cell.student_base)
    observed = read_rows(results / "data" / f"{cell.data}.parquet", folder, cell.student_base)
    duplicates = read_json(folder / "near_duplicates.json")
    return {
        **cell._asdict(),
        "rows": duplicates["rows"],
        **values,
        **of_rows(values, observed),
        **of_language(read_json(folder / "fidelity.json")),
        **{name: duplicates[name] for name in SHARES[:2]},
        **of_benchmarks(read_json(results / "contamination" / f"{cell.data}.json")),
    }


def table_of(rows: Sequence[Json], recipe: str, size: int) -> pd.DataFrame:
    """The table, with the intrinsic z over the main cells of each student base."""
    table = pd.DataFrame(rows, columns=list(BEFORE_TRAINING.columns)).astype({name: float for name in WITH_INTERVAL})
    for _, part in table.groupby("student_base"):
        block = main_cells(part, recipe, size)
        quality = z_scores(features(part), features(block), block["cell"])
        table.loc[part.index, "z_intrinsic"] = quality.mean(axis=1, skipna=False)
    return table.sort_values(KEY, ignore_index=True)


HEADERS = ("teacher", "language", "data", "rows")
NOTES = """\
Intervals are 95 %, over the rows of the data set as it is; another draw of the teacher's answers is not in them. z
is the mean of the z-scores of both diversities, the judge score and −log(1 + perplexity) over the main cells: it
moves when a teacher or a language is added, and is no measure of what a student learns. Language is the share of
all answers, also of those that were refused, in the language asked for, among those that can be told.
Near-duplicates are the rows whose prompt, or response, shares 70 % of its n-grams with that of an earlier row.
Contamination is the largest share of the items of a benchmark that the rows hold."""


def page(table: pd.DataFrame) -> str:
    """The table for people, in two parts, with the samples of each teacher."""
    named = [
        (row.teacher, row.language, f"{row.recipe}-{row.size}, trial {row.trial}", _rows(row.rows, row.size))
        for row in table.itertuples()
    ]
    values = [
        [_with_interval(row, name, 2 if name in ("perplexity", "judge_score") else 3) for name in INTRINSIC]
        for row in table.to_dict("records")
    ]
    z = [written(value, 2, unknown="n/a") for value in table["z_intrinsic"]]
    checks = [
        [
            f"{_with_interval(row, 'language_fidelity')} of {row['answers']}",
            written(row["prompt_near_duplicates"]),
            written(row["response_near_duplicates"]),
            _of_benchmark(row["contaminated_share"], row["contaminated_benchmark"]),
            f"[rows](samples/{row['teacher']}/{row['language']}.html)",
        ]
        for row in table.astype(object).where(table.notna(), None).to_dict("records")
    ]
    first = [[*key, *cells, mark] for key, cells, mark in zip(named, values, z, strict=True)]
    second = [[*key, *cells] for key, cells in zip(named, checks, strict=True)]
    judged = ("language", "near-duplicate prompts", "near-duplicate responses", "contamination", "to read")
    return "\n".join(
        [
            "# Data sets before training\n",
            markdown_table(first, [*HEADERS, *(name.replace("_", " ") for name in INTRINSIC), "z"]) + "\n",
            markdown_table(second, [*HEADERS[:2], "data", "rows", *judged]) + "\n",
            NOTES + "\n",
        ]
    )


def _rows(rows: int, asked: int) -> str:
    return str(rows) if rows >= asked else f"{rows} of {asked} (short)"


def _of_benchmark(share: float | None, benchmark: str | None) -> str:
    return f"{written(share)} of {benchmark}" if share else written(share, unknown="n/a")


def _with_interval(row: Json, name: str, decimals: int = 3) -> str:
    value, low, high = (row[name + end] for end in ("", "_low", "_high"))
    if low is None or pd.isna(low):
        return written(value, decimals, unknown="n/a")
    return f"{written(value, decimals)} ({written(low, decimals)} to {written(high, decimals)})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="folder of the study")
    parser.add_argument("--cells", type=json.loads, required=True, help="JSON list of cells, as study.design.Cell")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--out", type=Path, required=True, help="the .csv file to write; the page goes beside it")
    arguments = parser.parse_args()
    rows = [row_of(Cell(*values), arguments.results) for values in arguments.cells]
    table = table_of(rows, arguments.main_recipe, arguments.main_size)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table), encoding="utf-8")
    write_sheet(arguments.out, check(table, BEFORE_TRAINING, arguments.out))


if __name__ == "__main__":
    run(main)
