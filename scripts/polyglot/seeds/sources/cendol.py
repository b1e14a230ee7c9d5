"""Cendol collection v2 (`indonlp/cendol_collection_v2`): 12.8 million instructions in Indonesian and its neighbours.

A row: prompt_id, subset_name ("wikihow"), template_name, input, output. No column says the language: rows in Javanese
or Sundanese are called Indonesian here, and it is the language check of all sources that rejects them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import pair, raw_rows
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("Cendol v2", languages=("id",))


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all pairs if Indonesian is wanted."""

    def read(place: str, row: Json) -> RawRow | None:
        if "id" in languages:
            return pair("id", row["input"], row["output"], place)
        return None

    return raw_rows(folder, ["input", "output"], languages, read)
