"""Prompts of one's own: a CSV, JSON lines or parquet file that the config names, with its columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.hub.own_files import own_rows
from polyglot.seeds.hub_source import readable
from polyglot.seeds.named_columns import reader
from polyglot.seeds.source_adapter import RawRow, check_options

ADAPTER = Adapter("a file of one's own", own_file=True, columns=True)
CURE = "correct these lines, or name the columns of the file as `columns` of the source"


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield every row of the file `folder`. Raises InputError where a text column named in the config is empty."""
    check_options("file", options, ["columns"])
    columns = options.get("columns") or {}
    places = ((f"{folder.name}#{line}", row) for line, row in own_rows(folder))
    texts = [columns.get("prompt", "prompt")] if "messages" not in columns else []
    texts += [columns["response"]] if "response" in columns else []
    filled: set[str] = set()
    read = reader(folder.as_posix(), columns, languages)

    def noted(place: str, row: Json) -> RawRow:
        filled.update(column for column in texts if row.get(column) not in (None, ""))
        return read(place, row)

    yield from readable(places, languages, noted, folder.parent, "line", CURE)
    if empty := [column for column in texts if column not in filled]:
        raise InputError(f"{folder}: column {empty[0]!r} is empty in every row; name the right one in `columns`")
