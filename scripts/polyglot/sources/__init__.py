"""Seed sources: where raw prompts come from. An adapter yields raw rows; `polyglot.seeds` judges and splits them.

An adapter is a function `rows(languages, options, seed, folder)` in a module of this package: `languages` ISO 639-1
codes, `options` the source's own settings (one JSON object), `seed` for whatever it draws, `folder` what it reads: the
fetched data set of a hub source, else the folder of hand-written files. It yields a `RawRow` for everything that it
meets in these languages, in any order, one with `problem` for what it cannot read and one with `left_out` for what is
no part of the source; it judges nothing. An adapter of a hub data set streams it and names a column that it misses.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from polyglot.errors import InputError
from polyglot.files import Json

HUB = ("aya", "cendol", "cidar", "euroblocks", "gsm8k", "helpsteer3", "magpie", "oasst2", "taco", "tulu3", "wildchat")
MODULES = {name: f"polyglot.sources.{name}" for name in ("arithmetic", "chatterbot", *HUB)}


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


Adapter = Callable[[Sequence[str], Json, int, Path], Iterator[RawRow]]


def load_adapter(name: str) -> Adapter:
    """The adapter called `name`; its module, and what that needs, is imported only here. Raises InputError."""
    if name not in MODULES:
        raise InputError(f"--adapter {name}: unknown; use one of {', '.join(sorted(MODULES))}")
    return importlib.import_module(MODULES[name]).rows


def check_options(adapter: str, options: Json, allowed: Sequence[str]) -> None:
    """Raise InputError for an option that the adapter does not have; null is as good as absent."""
    for key, value in options.items():
        if key not in allowed and value is not None:
            raise InputError(f"--options: {adapter} has no option {key!r}; it has {', '.join(allowed) or 'none'}")
