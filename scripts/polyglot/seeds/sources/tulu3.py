"""Tülu 3 SFT mixture (`allenai/tulu-3-sft-mixture`): 939,000 conversations of many origins, here the English ones.

A row: id, messages [{"role": "user", "content": …}, {"role": "assistant", "content": …}, …], source
("ai2-adapt-dev/tulu_v3.9_aya_100k"). No column says the language; the part that is Aya is in 70 languages and left out,
and what else is not English is rejected by the language check of all sources.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import first_exchange, pair, raw_rows
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("Tülu 3", languages=("en",))


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield the first exchange of each conversation if English is wanted."""

    def read(place: str, row: Json) -> RawRow | None:
        if "en" not in languages:
            return None
        if "aya" in (row["source"] or "").casefold():
            return RawRow("en", None, None, place, left_out="multilingual_part")
        else:
            return pair("en", *first_exchange(row["messages"], "role", "content"), place)
        return None

    return raw_rows(folder, ["messages.role", "messages.content", "source"], languages, read)
