"""Magpie-Pro (`Magpie-Align/Magpie-Pro-300K-Filtered`): English exchanges that Llama 3 70B drew from itself.

A row: conversations [{"from": "human", "value": …}, {"from": "gpt", "value": …}], and what filtered them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.hub.dataset_rows import read_places
from polyglot.seeds.hub_source import FILES, first_exchange, pair
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("Magpie-Pro", languages=("en",))


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all exchanges if English is wanted."""
    for place, row in read_places(folder, ["conversations.from", "conversations.value"], FILES):
        if "en" in languages:
            yield pair("en", *first_exchange(row["conversations"], "from", "value"), place)
