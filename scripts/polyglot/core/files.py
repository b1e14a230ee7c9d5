"""Read and write the artifact's files. Every file is written to a temporary name, then renamed."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyglot.core.errors import InputError

if TYPE_CHECKING:  # imported where tables are read: it takes longer than many a program that needs none
    import pandas as pd

Json = dict[str, Any]


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path (file or folder, same file system); rename it to `path` if the block succeeds."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(temporary, path)
    except BaseException as error:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == str(temporary):
            error.filename = str(path)
        raise


def clear_leftovers(path: Path) -> None:
    """Remove what killed programs have left of `path` (see `whole`). Call it where nobody else can be writing it."""
    named = re.compile(rf"\.{re.escape(path.name)}\.\d+{re.escape(path.suffix)}")
    for left in path.parent.iterdir() if path.parent.is_dir() else ():
        if named.fullmatch(left.name):
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def read_json(path: str | Path) -> Any:
    """Read a UTF-8 JSON file. Raises InputError naming the file if it is not JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # of JSON, of UTF-8, numbers and depths beyond reason
        raise InputError(f"{path}: not valid JSON ({error}); delete it and run the same command again") from error


def write_json(path: str | Path, value: Any) -> None:
    """Write `value` as indented, key-sorted UTF-8 JSON; NaN is refused."""
    with whole(path) as temporary:
        text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def read_jsonl(path: str | Path) -> list[Json]:
    """Read a JSON-lines file. Raises InputError naming the file and the line that cannot be read."""
    rows = []
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                rows.append(json.loads(line.decode("utf-8")))
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}: line {number} is not valid JSON; correct or delete the file") from error
    return rows


def write_jsonl(path: str | Path, rows: Iterable[Json]) -> None:
    """Write one UTF-8 JSON object a line."""
    with whole(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False, sort_keys=True, allow_nan=False) + "\n")


def read_parquet(path: str | Path, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Read a parquet table and check that it has `columns`. Raises InputError naming the file and the column."""
    import pandas as pd
    from pyarrow import ArrowException

    try:
        table = pd.read_parquet(path)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, ArrowException) as error:  # whatever a damaged file leads to
        raise InputError(f"{path}: not a readable parquet file; delete it and run the same command again") from error
    for column in columns:
        if column not in table:
            raise InputError(f"{path}: column {column!r} is missing; it has {', '.join(table.columns)}")
    return table


def write_parquet(path: str | Path, table: pd.DataFrame) -> None:
    """Write a parquet table without an index."""
    with whole(path) as temporary:
        table.to_parquet(temporary, index=False)


def write_counts(path: str | Path, seen: int, kept: int, reasons: Iterable[str], **more: Any) -> None:
    """Write a step's counts: rows seen, kept, and rejected by reason. Raises if they do not add up."""
    rejected: dict[str, int] = {}
    for reason in reasons:
        rejected[reason] = rejected.get(reason, 0) + 1
    if seen != kept + sum(rejected.values()):
        raise AssertionError(f"{path}: {seen} seen is not {kept} kept + {sum(rejected.values())} rejected")
    write_json(path, {"seen": seen, "kept": kept, "rejected": rejected, **more})
