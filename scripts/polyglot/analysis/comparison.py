"""Compare a study's students of one language with other models: scores over the language's benchmarks.

Reads measurements.csv and the evaluations of the other models. Writes comparison.csv: a row a student (teacher, recipe
and size; mean over trials), one for their base, one for its reference, and one for each other model. All were asked the
same items.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.measurements import check_same_items, mean_score, read_evaluations, read_measurements
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json
from polyglot.core.sheets import write_sheet

COMPARISON = pa.DataFrameSchema(
    {
        "language": pa.Column(str),
        "kind": pa.Column(str, pa.Check.isin(["student", "base", "reference", "other"])),
        "model": pa.Column(str),
        "score": pa.Column(float, pa.Check.le(1), coerce=True),
        "se": pa.Column(float, pa.Check.ge(0), nullable=True, coerce=True),
        "trials": pa.Column(int, pa.Check.ge(1), coerce=True),
    },
    unique=["language", "kind", "model"],
    strict=True,
    ordered=True,
)
COLUMNS = list(COMPARISON.columns)


def student_name(teacher: str, recipe: str, size: int) -> str:
    """A student's name in a comparison, which is its place below students/{student_base}/{language} but for trials."""
    return f"{teacher}/{recipe}-{size}"


def compared(rows: pd.DataFrame, by_teacher: bool = True) -> pd.DataFrame:
    """Rows `COLUMNS` of measurements of one student base: each student over its trials, base and reference.

    Students are named by teacher or, where they differ in recipe and size too, by all three. The error of a student is
    that of its evaluation, √(mean of se²) over trials; it says nothing about other trials.
    """
    names = [
        row.teacher if by_teacher else student_name(row.teacher, row.recipe, row.size) for row in rows.itertuples()
    ]
    groups = rows.assign(model=names).groupby(["language", "model"])
    students = groups.agg(
        score=("student_score", "mean"),
        se=("student_score_se", lambda errors: np.sqrt((errors**2).mean())),
        trials=("trial", "size"),
    )
    parts = [students.reset_index().assign(kind="student")]
    for kind in ("base", "reference"):
        item = rows.groupby("language").agg(score=(f"{kind}_score", "first"), se=(f"{kind}_score_se", "first"))
        parts.append(item.reset_index().assign(kind=kind, model=kind, trials=1))
    return pd.concat(parts, ignore_index=True)[COLUMNS].dropna(subset=["score"])


def others(evaluations: Mapping[str, list[Json]], language: str) -> pd.DataFrame:
    """Rows `COLUMNS` of other models, from each one's evaluations. Raises InputError where one answered nothing."""
    rows: list[dict[str, Any]] = []
    for model, evaluation in evaluations.items():
        score, error = mean_score(evaluation)
        if score is None:
            raise InputError(f"model {model}: no benchmark of the study has items in {language}; evaluate it on one")
        rows.append(dict(zip(COLUMNS, (language, "other", model, score, error, 1), strict=True)))
    return pd.DataFrame(rows, columns=COLUMNS)


def main() -> None:
    """Parse the command line, compare, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument(
        "--evaluations", type=Path, required=True, help="folder with {model}/{language}/{benchmark}.json"
    )
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--base", required=True, help="model of the students' base: the others are asked what it was")
    parser.add_argument("--models", nargs="+", required=True, help="the other models")
    parser.add_argument("--benchmarks", type=json.loads, required=True, help="JSON list of the benchmarks that decide")
    parser.add_argument("--out", required=True, help="comparison.csv")
    arguments = parser.parse_args()

    rows = read_measurements(arguments.measurements)
    rows = rows[rows["language"] == arguments.language]
    if rows["student_base"].nunique() != 1:
        result = ", ".join(sorted(rows["student_base"].unique())) or "none"
        raise InputError(f"{arguments.measurements}: students in {arguments.language} of bases {result}; compare one")
    folders = {
        model: arguments.evaluations / model / arguments.language for model in (arguments.base, *arguments.models)
    }
    result = {
        model: read_evaluations(folder, arguments.benchmarks, arguments.language) for model, folder in folders.items()
    }
    check_same_items(arguments.language, folders, result)
    other = others({model: list(result[model].values()) for model in arguments.models}, arguments.language)
    write_sheet(arguments.out, pd.concat([compared(rows, by_teacher=False), other], ignore_index=True))


if __name__ == "__main__":
    run(main)
