"""Magpie-Pro (`Magpie-Align/Magpie-Pro-300K-Filtered`): English exchanges that Llama 3 70B drew from itself.

A row: conversations [{"from": "human", "value": …}, {"from": "gpt", "value": …}], and what filtered them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import first_exchange, pair, raw_rows
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("Magpie-Pro", languages=("en",))


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all exchanges if English is wanted."""

    def read(place: str, row: Json) -> RawRow | None:
        if "en" in languages:
            return pair("en", *first_exchange(row["conversations"], "from", "value"), place)
        return None

    return raw_rows(folder, ["conversations.from", "conversations.value"], languages, read)
