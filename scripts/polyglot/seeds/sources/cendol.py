"""Cendol collection v2 (`indonlp/cendol_collection_v2`): 12.8 million instructions in Indonesian and its neighbours.

A row: prompt_id, subset_name ("wikihow"), template_name, input, output. No column says the language: rows in Javanese
or Sundanese are called Indonesian here, and it is the language check of all sources that rejects them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.hub.dataset_rows import read_places
from polyglot.seeds.hub_source import FILES, pair
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("Cendol v2", languages=("id",))


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all pairs if Indonesian is wanted."""
    for place, row in read_places(folder, ["input", "output"], FILES):
        if "id" in languages:
            yield pair("id", row["input"], row["output"], place)
