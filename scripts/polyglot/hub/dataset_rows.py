"""Rows of a fetched data set, from its folder: parquet, JSON lines or gzipped JSON lines, few rows in memory at once.

Columns that are lists or structs become Python lists and dicts; "turns.content" asks for one field of such a column,
and the others are never decoded. Files are read in sorted order, rows in their own.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from polyglot.core.errors import InputError
from polyglot.core.files import Json

BATCH = 256  # rows; a row of a chat data set may hold a hundred kilobytes
BUFFER = 1 << 20  # bytes read ahead of each parquet column: a row group is never in memory as a whole
REMEDY = "delete the folder and run the same command again to fetch it anew"


@dataclass(frozen=True)
class OddRow:
    """A row that cannot be read: what is wrong with it, in words that name its line."""

    problem: str


def read_rows(folder: str | Path, columns: Sequence[str], files: Sequence[str]) -> Iterator[Json]:
    """Yield every row of the files below `folder` that match one of the globs `files`, as column → value.

    A value may be null, but its column must be there. Raises InputError that names the file for a missing column, an
    odd row and an unreadable or truncated file, and the folder where nothing matches.
    """
    for place, row in read_places(folder, columns, files):
        if isinstance(row, OddRow):
            raise InputError(f"{Path(folder) / place.partition('#')[0]}: {row.problem}; {REMEDY}")
        yield row


def read_places(
    folder: str | Path, columns: Sequence[str], files: Sequence[str]
) -> Iterator[tuple[str, Json | OddRow]]:
    """As `read_rows`, each row with its place (file below the folder, "#", number of the row from 0), odd ones too."""
    for path in matching(folder, files):
        reader = _parquet if path.suffix == ".parquet" else _json_lines
        name = path.relative_to(folder).as_posix()
        for number, row in enumerate(reader(path, columns)):
            yield f"{name}#{number}", row


def matching(folder: str | Path, files: Sequence[str]) -> list[Path]:
    """The files below `folder` that match a glob, sorted, without hidden files. Raises InputError if none matches."""
    folder = Path(folder)
    results = {path for pattern in files for path in folder.glob(pattern) if path.is_file()}
    results = {path for path in results if not any(part.startswith(".") for part in path.relative_to(folder).parts)}
    if not results:
        raise InputError(f"{folder}: no file matches {', '.join(files)}; {REMEDY}, or correct the data set's files")
    for path in results:
        if not path.name.endswith((".parquet", ".jsonl", ".jsonl.gz")):
            raise InputError(f"{path}: neither .parquet nor .jsonl nor .jsonl.gz; correct the data set's files")
    return sorted(results)


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Json]:
    try:
        with pq.ParquetFile(path, buffer_size=BUFFER) as file:
            named = list(_leaves(file.schema_arrow))
            _check(path, columns, {prefix: None for name in named for prefix in _prefixes(name)})
            wanted = [
                file.schema.column(place).path
                for place, name in enumerate(named)
                if set(_prefixes(name)) & set(columns)
            ]
            for batch in file.iter_batches(BATCH, columns=wanted, use_threads=False):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a whole parquet file ({_line(error)}); {REMEDY}") from error


def _leaves(fields: Iterable[pa.Field], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names on the way to each parquet leaf, in the file's order, without those that parquet puts into lists.

    A name may hold dots itself.
    """
    for field in fields:
        kind, path = field.type, (*above, field.name)
        while pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
            kind = kind.value_type
        if pa.types.is_struct(kind):
            yield from _leaves(kind, path)
        elif pa.types.is_map(kind):
            yield from _leaves((kind.key_field, kind.item_field), path)
        else:
            yield path


def _prefixes(path: tuple[str, ...]) -> list[str]:
    """("a", "b", "c") → "a", "a.b", "a.b.c"."""
    return [".".join(path[: end + 1]) for end in range(len(path))]


def _json_lines(path: Path, columns: Sequence[str]) -> Iterator[Json | OddRow]:
    """The rows of a file of JSON lines; blank lines are none. Raises InputError for a file that is cut short."""
    opened = gzip.open if path.suffix == ".gz" else open
    tops = list(dict.fromkeys(column.split(".")[0] for column in columns))
    number, rows = 0, 0
    try:
        with opened(path, "rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                rows += 1
                row = _json_row(path, number, line, columns)
                if isinstance(row, OddRow) and not line.endswith(b"\n"):
                    raise InputError(f"{path}: {row.problem}, and ends the file; {REMEDY}")
                yield row if isinstance(row, OddRow) else {column: row[column] for column in tops}
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read beyond line {number} ({_line(error)}); {REMEDY}") from error
    if not rows:
        raise InputError(f"{path}: is empty; {REMEDY}")


def _json_row(path: Path, number: int, line: bytes, columns: Sequence[str]) -> Json | OddRow:
    """The object of a line that has the columns, or what is wrong with the line."""
    try:
        row: Any = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        what = "UTF-8" if isinstance(error, UnicodeDecodeError) else "valid JSON"
        return OddRow(f"line {number} is not {what} ({_line(error)})")
    if not isinstance(row, dict):
        return OddRow(f"line {number} is not a JSON object")
    for column in columns:
        try:
            _check(f"line {number}", [column], _fields(row, column.split(".")))
        except InputError as error:
            return OddRow(str(error))
    return row


def _fields(value: Any, path: list[str]) -> dict[str, None]:
    """The dotted names of the fields of a JSON object, as deep as `path`; `path` itself where a null hides it."""
    if value is None or value == []:
        return {".".join(path): None}
    if isinstance(value, list):
        inner = [_fields(item, path) for item in value]
        return {name: None for name in inner[0] if all(name in other for other in inner)}
    if not isinstance(value, dict):
        return {}
    names = dict.fromkeys(value)
    if len(path) > 1 and path[0] in value:
        names |= {f"{path[0]}.{name}": None for name in _fields(value[path[0]], path[1:])}
    return names


def _check(place: str | Path, columns: Sequence[str], results: Iterable[str]) -> None:
    known = list(results)
    for column in columns:
        if column not in known:
            beside = [name for name in known if name.rpartition(".")[0] == column.rpartition(".")[0]]
            has = ", ".join(beside or [name for name in known if "." not in name]) or "none"
            raise InputError(
                f"{place}: column {column!r} is missing; it has {has}. The data set has another form than the adapter"
                " reads: choose the revision that the registry names, or fix the adapter"
            )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
