"""Any data set of the hub with a prompt and a response a row, or a conversation: the config names its columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import raw_rows
from polyglot.seeds.named_columns import reader
from polyglot.seeds.source_adapter import RawRow, check_options

ADAPTER = Adapter("any table of pairs or conversations", columns=True)


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield the pair, or the first exchange of the conversation, of each row."""
    check_options("table", options, ["columns"])
    columns = options["columns"]
    return raw_rows(folder, list(columns.values()), languages, reader(folder.name, columns, languages))
