"""Aya (`CohereLabs/aya_dataset`): prompts and answers that people wrote in their own language.

A row: inputs "Jaké je hlavní město …?", targets "Praha …", language "Czech", language_code "ces" (ISO 639-3; "fil" for
Tagalog, and dialects of Arabic apart), annotation_type, user_id.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.seeds.hub_source import pair, raw_rows, wanted
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("Aya", by_people=True)

COLUMNS = ["inputs", "targets", "language_code"]


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield the annotators' pairs in `languages`."""

    def read(place: str, row: Json) -> RawRow | None:
        if language := wanted(row["language_code"], languages):
            return pair(language, row["inputs"], row["targets"], place)
        return None

    return raw_rows(folder, COLUMNS, languages, read)
