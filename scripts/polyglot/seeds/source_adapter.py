"""Interface of a seed source adapter: a module of `seeds/sources/` with ADAPTER and a function `rows`.

`rows(languages, options, seed, folder)` gets ISO 639-1 codes, the source's own settings (one JSON object), a seed for
whatever it draws, and the folder that it reads: the fetched data set, or resources/ for a packaged source. It yields a
`RawRow` for everything that it meets in these languages, in any order: with `problem` where a row cannot be read, with
`left_out` where a row is no part of the source. It judges nothing. An adapter of a hub data set streams it and names a
missing column.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from polyglot.core.errors import InputError
from polyglot.core.files import Json

SOURCES = "polyglot.seeds.sources"  # the package of the adapters


@dataclass(frozen=True)
class RawRow:
    """One prompt as its source has it; `origin` says where in the source (file and place), never an absolute path."""

    language: str
    prompt: str | None
    response: str | None
    origin: str
    parallel_id: str | None = None  # rows with the same one say the same in other languages
    problem: str | None = None  # why it could not be read
    left_out: str | None = None  # the rule of the adapter by which it is no part of the source


def check_options(adapter: str, options: Json, allowed: Sequence[str]) -> None:
    """Raise InputError for an option that the adapter does not have; null is as good as absent."""
    for key, value in options.items():
        if key not in allowed and value is not None:
            raise InputError(f"--options: {adapter} has no option {key!r}; it has {', '.join(allowed) or 'none'}")
