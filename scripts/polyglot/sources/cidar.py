"""CIDAR (`arbml/CIDAR`): 10,000 Arabic instructions, reviewed for Arab culture.

A row: output, instruction (with what it is about in the same text), index.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.files import Json
from polyglot.hub_data import read_places
from polyglot.sources import RawRow
from polyglot.sources.hub import FILES, pair


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all pairs if Arabic is wanted."""
    for place, row in read_places(folder, ["instruction", "output"], FILES):
        if "ar" in languages:
            yield pair("ar", row["instruction"], row["output"], place)
