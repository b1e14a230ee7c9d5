"""CIDAR (`arbml/CIDAR`): 10,000 Arabic instructions, reviewed for Arab culture.

A row: output, instruction (its input in the same text), index.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import pair, raw_rows
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("CIDAR", languages=("ar",), by_people=True)


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield all pairs if Arabic is wanted."""

    def read(place: str, row: Json) -> RawRow | None:
        if "ar" in languages:
            return pair("ar", row["instruction"], row["output"], place)
        return None

    return raw_rows(folder, ["instruction", "output"], languages, read)
