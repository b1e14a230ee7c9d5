"""Every table and result of a study against its schema: resources/schemas/tables.csv, a line a column or key.

`table` is the path below results/{study}/ or paper_figures/{study}/, with * for any one part and ** for any depth; the
first that matches holds. `type` is text, whole, number, truth, list, object or any; `empty`: whether a cell may be;
`low` and `high` bound numbers; the columns with `key` name a row. Columns that are not named may be there: a step may
say more than is asked of it. The tables of `WRITTEN` have their schemas in the modules that write them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.base_interaction import BASE_INTERACTION
from polyglot.analysis.benchmark_gains import GAINS
from polyglot.analysis.comparison import COMPARISON
from polyglot.analysis.continuations import CONTINUATIONS
from polyglot.analysis.intrinsic_table import BEFORE_TRAINING
from polyglot.analysis.measurements import MEASUREMENTS
from polyglot.analysis.mixture_leads import LEADS
from polyglot.analysis.planted_order import PAIRS, PLANTED
from polyglot.analysis.protocols import MOVED
from polyglot.analysis.race_round import RACE
from polyglot.analysis.ranking import RANKING, WEIGHTED
from polyglot.analysis.score import SCORES
from polyglot.analysis.screening import SCREENING
from polyglot.analysis.standing import STANDING
from polyglot.audit.findings import Finding
from polyglot.audit.truth import Truth
from polyglot.core.errors import InputError
from polyglot.core.sheets import check, read_sheet
from polyglot.synthesis.chosen_teachers import METHOD_SCREEN

TYPES = ("text", "whole", "number", "truth", "list", "object", "any")
SHEET = pa.DataFrameSchema(
    {
        "table": pa.Column(str, pa.Check.str_matches(r"^[\w*./-]+\.(csv|parquet|json|jsonl)$")),
        "column": pa.Column(str),
        "type": pa.Column(str, pa.Check.isin(TYPES)),
        "empty": pa.Column(bool),
        "low": pa.Column(float, nullable=True, coerce=True),
        "high": pa.Column(float, nullable=True, coerce=True),
        "key": pa.Column(bool),
    },
    unique=["table", "column"],
    strict=True,
)
WRITTEN = {
    "measurements.csv": MEASUREMENTS,
    "measurements/*/*.csv": MEASUREMENTS,
    "scores.csv": SCORES,
    "base_interaction.csv": BASE_INTERACTION,
    "gains.csv": GAINS,
    "continuations.csv": CONTINUATIONS,
    "method_screen.csv": METHOD_SCREEN,
    "mixtures.csv": LEADS,
    "planted.csv": PLANTED,
    "planted.pairs.csv": PAIRS,
    "protocols.csv": MOVED,
    "race.csv": RACE,
    "race/*/*.csv": RACE,
    "ranking.csv": RANKING,
    "screen.csv": SCREENING,
    "screening.csv": SCREENING,
    "standing.csv": STANDING,
    "ranking.weights.csv": WEIGHTED,
    "comparison.csv": COMPARISON,
    "metrics.csv": BEFORE_TRAINING,
}


class Expected(NamedTuple):
    """The schema of files whose path matches; of a JSON file, of its keys."""

    pattern: re.Pattern
    schema: pa.DataFrameSchema
    texts: list[str]


def load(sheet: Path) -> list[Expected]:
    """The schemas of a sheet. Raises InputError naming its fault."""
    rows = read_sheet(sheet, SHEET)
    results = [Expected(_pattern(name), schema, []) for name, schema in WRITTEN.items()]
    for table, columns in rows.groupby("table", sort=False):
        key = list(columns.loc[columns["key"], "column"])
        schema = pa.DataFrameSchema({row.column: _column(row) for row in columns.itertuples()}, unique=key or None)
        results.append(Expected(_pattern(str(table)), schema, list(columns.loc[columns["type"] == "text", "column"])))
    return results


def _pattern(table: str) -> re.Pattern:
    words = {"*": "[^/]+", "**": ".+"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in re.split(r"(\*+)", table)))


def _column(row: Any) -> pa.Column:
    """One column; checks go value by value, for a file read from JSON or parquet has its own types."""
    checks = [pa.Check(_is(row.type), element_wise=True, ignore_na=True, name=row.type, error=row.type)]
    if not pd.isna(row.low):
        checks.append(pa.Check.ge(row.low))
    if not pd.isna(row.high):
        checks.append(pa.Check.le(row.high))
    return pa.Column(None, checks, nullable=row.empty)


def _is(kind: str) -> Any:
    """Whether a value is of a type of the sheet."""
    return {
        "text": lambda value: isinstance(value, str),
        "whole": lambda value: isinstance(value, (int, np.integer, float)) and float(value).is_integer(),
        "number": lambda value: isinstance(value, (int, float, np.number)) and np.isfinite(value),
        "truth": lambda value: isinstance(value, (bool, np.bool_)) or value in ("true", "false"),
        "list": lambda value: isinstance(value, (list, np.ndarray)),
        "object": lambda value: isinstance(value, dict),
        "any": lambda value: True,
    }[kind]


def expected_of(path: str, study: str, schemas: list[Expected]) -> Expected | None:
    """The schema of a file of a study; None where it has none."""
    name = path.removeprefix(f"results/{study}/").removeprefix(f"paper_figures/{study}/")
    return next((schema for schema in schemas if schema.pattern.fullmatch(name)), None)


def validate(root: Path, path: str, expected: Expected) -> None:
    """Hold a file to its schema. Raises InputError naming the line and the column."""
    file = root / path
    try:
        if file.suffix == ".csv":
            texts = dict.fromkeys(expected.texts, str)
            frame = pd.read_csv(file, keep_default_na=False, na_values=[""], float_precision="round_trip", dtype=texts)
        elif file.suffix == ".parquet":
            frame = pd.read_parquet(file)
        else:
            text = file.read_text(encoding="utf-8")
            rows = (
                [json.loads(line) for line in text.split("\n") if line]
                if file.suffix == ".jsonl"
                else [json.loads(text)]
            )
            frame = pd.DataFrame(
                {name: [row.get(name) for row in rows] for name in expected.schema.columns}, dtype=object
            )
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not readable ({str(error).splitlines()[0]})") from error
    check(frame, expected.schema, path)


def check_tables(
    root: Path, study: str, truth: Truth, good: frozenset[str], schemas: list[Expected]
) -> Iterator[Finding]:
    """A finding for each file that is not as its schema has it."""
    for path in sorted(good):
        expected = expected_of(path, study, schemas) if truth.lines[path]["kind"] == "output" else None
        if expected is None:
            continue
        try:
            validate(root, path, expected)
        except InputError as error:
            yield Finding("schema", path, "its schema", str(error).removeprefix(f"{path}: "))


def without_schema(study: str, truth: Truth, schemas: list[Expected]) -> list[str]:
    """Tables of a study that no schema speaks of."""
    outputs = (path for path, line in truth.lines.items() if line["kind"] == "output")
    return sorted(
        path for path in outputs if path.endswith((".csv", ".parquet")) and not expected_of(path, study, schemas)
    )
