"""CSV tables: validated by a pandera schema when read, byte-stable when written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.core.errors import InputError
from polyglot.core.files import whole


def check(frame: pd.DataFrame, schema: pa.DataFrameSchema, path: str | Path) -> pd.DataFrame:
    """`frame` as `schema` types it. Raises InputError that names the file, the line, the column and the value.

    Lines are counted as an editor counts them: the header is line 1.
    """
    try:
        return schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise InputError(f"{path}: {_describe(frame, error.failure_cases)}") from error


def read_sheet(path: str | Path, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """Read a CSV file (UTF-8, empty cell = unknown) and check it against `schema`."""
    try:
        # Only an empty cell is unknown: a teacher or a language may be spelled "na" or "null".
        frame = pd.read_csv(
            path, keep_default_na=False, na_values=[""], float_precision="round_trip", dtype=_as_written(schema)
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a readable CSV file ({error}); fix it or make it again") from error
    return check(frame, schema, path)


def _as_written(schema: pa.DataFrameSchema) -> dict[str, type]:
    """The columns whose cells stay the text that they are, even where all of them are numbers: 213, not 213.0."""
    return {name: str for name, column in schema.columns.items() if column.coerce and str(column.dtype) == "str"}


def write_sheet(path: str | Path, frame: pd.DataFrame) -> None:
    """Write a CSV file without an index; floats in the shortest form that reads back to the same bits."""
    booleans = {name: frame[name].map({True: "true", False: "false"}) for name in frame.select_dtypes(["boolean"])}
    with whole(path) as temporary:
        frame.assign(**booleans).to_csv(temporary, index=False, lineterminator="\n")


def _describe(frame: pd.DataFrame, failures: pd.DataFrame) -> str:
    """The first failure in words, and the number of others."""
    first = failures.iloc[0]
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    if first["check"] == "column_in_dataframe":
        return f"column {first['failure_case']!r} is missing; it has {', '.join(map(str, frame.columns))}"
    if first["check"] == "column_in_schema":
        return f"column {first['failure_case']!r} is not known; remove it or correct its name"
    if first["check"] == "multiple_fields_uniqueness":
        same = failures[failures["check"] == first["check"]]
        lines = " and ".join(str(int(row) + 2) for row in sorted(set(same["index"]))[:2])
        return f"lines {lines}, columns {', '.join(dict.fromkeys(same['column']))}: the same key twice; keep one"
    if pd.isna(first["index"]):
        return f"column {first['column']!r} fails {first['check']}: {first['failure_case']}{more}"
    case = first["failure_case"]
    case = case.item() if isinstance(case, np.generic) else case
    value = "the cell is empty" if pd.isna(case) else f"found {case!r}"
    line = int(first["index"]) + 2
    return f"line {line}, column {first['column']!r}: {value}, which fails {first['check']}{more}; correct that cell"
