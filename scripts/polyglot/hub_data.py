"""Rows of a fetched data set, from its folder: parquet, JSON lines or gzipped JSON lines, few rows in memory at once.

Columns that are lists or structs become Python lists and dicts. Files are read in sorted order, rows in their own.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from polyglot.errors import InputError
from polyglot.files import Json

BATCH = 256  # rows; a row of a chat data set may hold a hundred kilobytes
BUFFER = 1 << 20  # bytes read ahead of each parquet column: a row group is never in memory as a whole
REMEDY = "delete the folder and run the same command again to fetch it anew"


def read_rows(folder: str | Path, columns: Sequence[str], files: Sequence[str]) -> Iterator[Json]:
    """Yield every row of the files below `folder` that match one of the globs `files`, as `columns` → value.

    A column may be null, but must be there. Raises InputError that names the file for a missing column, an unreadable
    or truncated file, and the folder where nothing matches.
    """
    for _, row in read_places(folder, columns, files):
        yield row


def read_places(folder: str | Path, columns: Sequence[str], files: Sequence[str]) -> Iterator[tuple[str, Json]]:
    """As `read_rows`, each row with its place: file below the folder, "#", and the number of the row from 0."""
    for path in matching(folder, files):
        reader = _parquet if path.suffix == ".parquet" else _json_lines
        name = path.relative_to(folder).as_posix()
        for number, row in enumerate(reader(path, columns)):
            yield f"{name}#{number}", row


def matching(folder: str | Path, files: Sequence[str]) -> list[Path]:
    """The files below `folder` that match a glob, sorted; hidden ones never. Raises InputError where there are none."""
    folder = Path(folder)
    found = {path for pattern in files for path in folder.glob(pattern) if path.is_file()}
    found = {path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)}
    if not found:
        raise InputError(f"{folder}: no file matches {', '.join(files)}; {REMEDY}, or correct the data set's files")
    for path in found:
        if not path.name.endswith((".parquet", ".jsonl", ".jsonl.gz")):
            raise InputError(f"{path}: neither .parquet nor .jsonl nor .jsonl.gz; correct the data set's files")
    return sorted(found)


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Json]:
    try:
        with pq.ParquetFile(path, buffer_size=BUFFER) as file:
            _check(path, columns, file.schema_arrow.names)
            for batch in file.iter_batches(BATCH, columns=list(columns), use_threads=False):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a whole parquet file ({_line(error)}); {REMEDY}") from error


def _json_lines(path: Path, columns: Sequence[str]) -> Iterator[Json]:
    opened = gzip.open if path.suffix == ".gz" else open
    number = 0
    try:
        with opened(path, "rt", encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                row: Any = json.loads(line)
                if not isinstance(row, dict):
                    raise InputError(f"{path}: line {number} is not a JSON object; {REMEDY}")
                _check(f"{path}: line {number}", columns, row)
                yield {column: row[column] for column in columns}
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: line {number} is not valid JSON ({_line(error)}); {REMEDY}") from error
    except (EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read beyond line {number} ({_line(error)}); {REMEDY}") from error
    if not number:
        raise InputError(f"{path}: is empty; {REMEDY}")


def _check(place: str | Path, columns: Sequence[str], found: Any) -> None:
    for column in columns:
        if column not in found:
            has = ", ".join(map(str, found)) or "none"
            raise InputError(
                f"{place}: column {column!r} is missing; it has {has}. The data set has another form than the adapter"
                " reads: choose the revision that the registry names, or mend the adapter"
            )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
