"""Tülu 3 SFT mixture (`allenai/tulu-3-sft-mixture`): 939,000 conversations of many origins, here the English ones.

A row: id, messages [{"role": "user", "content": …}, {"role": "assistant", "content": …}, …], source
("ai2-adapt-dev/tulu_v3.9_aya_100k"). No column says the language; the part that is Aya is in 70 languages and left out,
and what else is not English is rejected by the language check of all sources.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.hub.dataset_rows import read_places
from polyglot.seeds.hub_source import FILES, first_exchange, pair
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("Tülu 3", languages=("en",))


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield the first exchange of each conversation if English is wanted."""
    for place, row in read_places(folder, ["messages.role", "messages.content", "source"], FILES):
        if "en" not in languages:
            continue
        if "aya" in (row["source"] or "").casefold():
            yield RawRow("en", None, None, place, left_out="multilingual_part")
        else:
            yield pair("en", *first_exchange(row["messages"], "role", "content"), place)
