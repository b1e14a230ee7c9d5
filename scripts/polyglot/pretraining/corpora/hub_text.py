"""Texts of a data set of the hub: parquet or JSON lines with a column of texts. A shard is every n-th file."""

from collections.abc import Iterator
from pathlib import Path

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.hub.dataset_rows import OddRow, matching, read_places
from polyglot.pretraining.corpus_adapter import Part, RawText, raw_text

ADAPTER = Adapter("a text data set of the hub", columns=True)
FILES = ("**/*.parquet", "**/*.jsonl", "**/*.jsonl.gz")  # all that the data set's entry had fetched


def texts(options: Json, place: Path, part: Part) -> Iterator[RawText]:
    """Yield the texts of this part's files. Raises InputError for a file that is cut and where there are too few."""
    files = matching(place, FILES)
    if len(files) < part.shards:
        raise InputError(
            f"{place}: holds {len(files)} files, too few for {part.shards} shards; set shards of the corpus to"
            f" {len(files)} or less"
        )
    column = options["column"]
    for file in part.of(files):
        name = file.relative_to(place).as_posix()
        for origin, row in read_places(place, [column], [name]):
            yield RawText("", origin, row.problem) if isinstance(row, OddRow) else raw_text(row[column], origin)
