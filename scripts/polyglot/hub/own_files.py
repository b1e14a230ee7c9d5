"""Rows of a file that a user brings: CSV with a header, JSON lines or parquet, row by row with its line.

What is wrong with the whole file is an InputError; what is wrong with one row is an `OddRow`, and reading goes on.
"""

import csv
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.hub.dataset_rows import BATCH, OddRow

Row = Json | OddRow
UNCLOSED = "unexpected end of data"  # the words of Python's reader


def own_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Every row of a file with its line, the header of a CSV file being line 1; of parquet with its number from 1.

    A row is a mapping of column to value. Raises InputError naming file, line and cure for a file of another encoding
    than UTF-8, an empty one, a quotation mark that is never closed, and a parquet file that cannot be read.
    """
    rows = READERS[path.suffix](path)
    first = next(rows, None)
    if first is None:
        raise InputError(f"{path}: holds no rows; put some in, below a header if it is a CSV file")
    yield first
    yield from rows


def _lines(path: Path) -> Iterator[str]:
    """The lines of a text file, without the mark of byte order that some programs put first."""
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                byte = line[error.start]
                raise InputError(f"{path}: line {number} is not UTF-8 (byte {byte:#04x}); save it as UTF-8") from error


def _csv(path: Path) -> Iterator[tuple[int, Row]]:
    csv.field_size_limit(sys.maxsize)  # a long prompt is rejected for its length, as in any source
    header: list[str] = []
    for line, cells in _records(path):
        if isinstance(cells, OddRow):
            yield line, cells
        elif not header:
            header = [cell.strip() for cell in cells]
            if twice := [name for name in header if header.count(name) > 1]:
                raise InputError(f"{path}: line {line}: column {twice[0]!r} stands there twice; rename one")
        elif len(cells) != len(header):
            yield line, OddRow(f"{len(cells)} cells where the header has {len(header)}")
        else:
            yield line, dict(zip(header, cells, strict=True))


def _records(path: Path) -> Iterator[tuple[int, list[str] | OddRow]]:
    """The records of a CSV file with the line where each begins; one may hold several lines, blank ones are none."""
    reader = csv.reader(_lines(path), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if UNCLOSED in str(error):
                raise InputError(
                    f"{path}: line {line}: a quotation mark is opened and never closed; close it"
                ) from error
            yield line, OddRow(f"not valid CSV ({error})")
            continue
        if cells:
            yield line, cells


def _json_lines(path: Path) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, OddRow(f"not valid JSON ({error})")
            continue
        yield number, row if isinstance(row, dict) else OddRow("not a JSON object")


def _parquet(path: Path) -> Iterator[tuple[int, Row]]:
    try:
        with pq.ParquetFile(path) as file:
            batches = file.iter_batches(BATCH, use_threads=False)
            rows = (row for batch in batches for row in batch.to_pylist())
            yield from enumerate(rows, start=1)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: not a readable parquet file ({' '.join(str(error).split())}); write it again"
        ) from error


READERS: dict[str, Callable[[Path], Iterator[tuple[int, Row]]]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}
