"""Aya (`CohereLabs/aya_dataset`): prompts and answers that people wrote in their own language.

A row: inputs "Jaké je hlavní město …?", targets "Praha …", language "Czech", language_code "ces" (ISO 639-3; "fil" for
Tagalog, and dialects of Arabic apart), annotation_type, user_id.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.hub.dataset_rows import read_places
from polyglot.seeds.hub_source import FILES, pair, wanted
from polyglot.seeds.source_adapter import RawRow

ADAPTER = Adapter("Aya", by_people=True)

COLUMNS = ["inputs", "targets", "language_code"]


def rows(languages: Sequence[str], options: Json, seed: int, folder: Path) -> Iterator[RawRow]:
    """Yield the annotators' pairs in `languages`."""
    for place, row in read_places(folder, COLUMNS, FILES):
        if language := wanted(row["language_code"], languages):
            yield pair(language, row["inputs"], row["targets"], place)
