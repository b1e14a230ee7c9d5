"""Rows of a fetched data set, from its folder: parquet, JSON lines or gzipped JSON lines, few rows in memory at once.

Columns that are lists or structs become Python lists and dicts; "turns.content" asks for one field of such a column,
and the others are never decoded. Files are read in sorted order, rows in their own.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from polyglot.core.errors import InputError
from polyglot.core.files import Json

BATCH = 256  # rows; a row of a chat data set may hold a hundred kilobytes
BUFFER = 1 << 20  # bytes read ahead of each parquet column: a row group is never in memory as a whole
REMEDY = "delete the folder and run the same command again to fetch it anew"


def read_rows(folder: str | Path, columns: Sequence[str], files: Sequence[str]) -> Iterator[Json]:
    """Yield every row of the files below `folder` that match one of the globs `files`, as column → value.

    A value may be null, but its column must be there. Raises InputError that names the file for a missing column and
    for an unreadable or truncated file, and the folder where nothing matches.
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
            leaves = {file.schema.column(place).path: None for place in range(len(file.schema))}
            named = {leaf: _name(leaf.split("."), file.schema_arrow) for leaf in leaves}
            _check(path, columns, {prefix: None for name in named.values() for prefix in _prefixes(name)})
            wanted = [leaf for leaf, name in named.items() if set(_prefixes(name)) & set(columns)]
            for batch in file.iter_batches(BATCH, columns=wanted, use_threads=False):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a whole parquet file ({_line(error)}); {REMEDY}") from error


def _name(path: list[str], fields: Any) -> str:
    """The dotted name of a parquet leaf, without the two levels ("list.element") that parquet puts into each list."""
    names = []
    while path:
        names.append(path[0])
        kind, path = fields.field(path[0]).type, path[1:]
        while pa.types.is_list(kind) or pa.types.is_large_list(kind):
            kind, path = kind.value_type, path[2:]
        if not pa.types.is_struct(kind):
            break
        fields = kind
    return ".".join(names)


def _prefixes(name: str) -> list[str]:
    """ "a.b.c" → "a", "a.b", "a.b.c"."""
    parts = name.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def _json_lines(path: Path, columns: Sequence[str]) -> Iterator[Json]:
    opened = gzip.open if path.suffix == ".gz" else open
    tops = list(dict.fromkeys(column.split(".")[0] for column in columns))
    number = 0
    try:
        with opened(path, "rt", encoding="utf-8", newline="\n") as lines:
            for number, line in enumerate(lines, start=1):
                row: Any = json.loads(line)
                if not isinstance(row, dict):
                    raise InputError(f"{path}: line {number} is not a JSON object; {REMEDY}")
                for column in columns:
                    _check(f"{path}: line {number}", [column], _fields(row, column.split(".")))
                yield {column: row[column] for column in tops}
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: line {number} is not valid JSON ({_line(error)}); {REMEDY}") from error
    except (EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read beyond line {number} ({_line(error)}); {REMEDY}") from error
    if not number:
        raise InputError(f"{path}: is empty; {REMEDY}")


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
