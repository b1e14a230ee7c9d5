"""EuroBlocks (`utter-project/EuroBlocks-SFT-Synthetic-1124`): synthetic conversations in European and other languages.

A row: conversations [{"from": "user", "value": …}, {"from": "assistant", "value": …}, …], language "Czech", dataset
(the part: "instruction-generation", "multilingual-synthetic-llama3.1-70B", one with "magpie" in its name, …) and more.
The Magpie part is left out: English Magpie is a source of its own.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import first_exchange, pair, raw_rows, wanted
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("EuroBlocks")

COLUMNS = ["conversations.from", "conversations.value", "language", "dataset"]


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield the first exchange of each conversation in `languages`."""

    def read(place: str, row: Json) -> RawRow | None:
        language = wanted(row["language"], languages)
        if language and "magpie" in (row["dataset"] or "").casefold():
            return RawRow(language, None, None, place, left_out="magpie_part")
        elif language:
            return pair(language, *first_exchange(row["conversations"], "from", "value"), place)
        return None

    return raw_rows(folder, COLUMNS, languages, read)
