"""Cendol collection v2 (`indonlp/cendol_collection_v2`): 12.8 million instructions in Indonesian and its neighbours.

A row: prompt_id, subset_name ("wikihow"), template_name, input, output. No column says the language: rows in Javanese
or Sundanese are called Indonesian here, and it is the language check of all sources that rejects them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.files import Json
from polyglot.hub_data import read_places
from polyglot.sources import RawRow
from polyglot.sources.hub import FILES, pair


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all pairs if Indonesian is wanted."""
    for place, row in read_places(folder, ["input", "output"], FILES):
        if "id" in languages:
            yield pair("id", row["input"], row["output"], place)
