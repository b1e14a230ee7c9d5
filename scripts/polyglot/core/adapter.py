"""The facts of an adapter: each seed source or benchmark is one module that states them as ADAPTER."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from polyglot.core.errors import InputError


@dataclass(frozen=True)
class Packaged:
    """Texts that ship in a Python package: title, address, and licence in resources/licences.yaml."""

    title: str
    url: str
    licence: str


@dataclass(frozen=True)
class Adapter:
    """The facts of an adapter, read by the config's checks, by the rules and by the documentation's tables.

    `folders`: folders of resources/ that it reads; `packaged`: texts that it reads instead of a data set of the hub;
    `languages`: ISO 639-1 codes that it can serve, None where its data set decides; `chance`: score of guessing, None
    where items differ; `by_people`: whether people wrote or reviewed a source's answers; `plain_words`: whether English
    words stand where `folders` have no sentences of the language; `own_file`: whether it reads a file of the user
    instead; `columns`: whether its entry names the columns that it reads; `formulation`: the only way in which its
    items are asked, None where the entry decides; `tasks`: the tasks of which its entry names one;
    `of_corpus`: whether it reads held-out documents of a corpus; `shots`: solved examples that it has at most, and
    `items`: items of a language, as published, None where the data decides.
    """

    title: str
    folders: tuple[str, ...] = ()
    packaged: Packaged | None = None
    languages: tuple[str, ...] | None = None
    chance: float | None = None
    by_people: bool = False
    plain_words: bool = False
    own_file: bool = False
    columns: bool = False
    formulation: str | None = None
    tasks: tuple[str, ...] = ()
    of_corpus: bool = False
    shots: int | None = 0
    items: int | None = None

    def served(self, resources: Path) -> frozenset[str] | None:
        """The languages served: those stated that have a {language}.yaml in each folder of sentences that is needed."""
        limits = [set(self.languages)] if self.languages else []
        limits += [] if self.plain_words else self.sheets(resources)
        return frozenset.intersection(*map(frozenset, limits)) if limits else None

    def sheets(self, resources: Path) -> list[set[str]]:
        """The languages of each folder of sentences that it reads."""
        sheets = [{file.stem for file in (resources / folder).glob("??.yaml")} for folder in self.folders]
        return [languages for languages in sheets if languages]


def names(package: str) -> list[str]:
    """The adapters (modules) of a package, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__))


def load(package: str, name: str) -> ModuleType:
    """Import and return the module of the adapter `name`. Raises InputError if there is none."""
    if name not in (known := names(package)):
        raise InputError(f"--adapter {name}: unknown; use one of {', '.join(known)}")
    return importlib.import_module(f"{package}.{name}")


@cache
def adapters(package: str) -> dict[str, Adapter]:
    """The facts of every adapter of a package, by its name."""
    return {name: load(package, name).ADAPTER for name in names(package)}
