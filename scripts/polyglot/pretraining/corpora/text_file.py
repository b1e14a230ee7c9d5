"""Texts of one's own: a CSV, JSON lines or parquet file that the config names, with its column of texts."""

from collections.abc import Iterator
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.hub.dataset_rows import OddRow
from polyglot.hub.own_files import own_rows
from polyglot.pretraining.corpus_adapter import Part, RawText, raw_text

ADAPTER = Adapter("a file of one's own", own_file=True, columns=True)


def texts(options: Json, place: Path, part: Part) -> Iterator[RawText]:
    """Yield the text of every row of the file. Raises InputError for a file without the column."""
    column = options["column"]
    for line, row in part.of(own_rows(place)):
        origin = f"{place.name}#{line}"
        if isinstance(row, OddRow):
            yield RawText("", origin, row.problem)
        elif column not in row:
            raise InputError(
                f"{place}: line {line}: column {column!r} is missing; it has {', '.join(map(str, row)) or 'none'};"
                " name the column of texts as `column` of the corpus"
            )
        else:
            yield raw_text(row[column], origin)
