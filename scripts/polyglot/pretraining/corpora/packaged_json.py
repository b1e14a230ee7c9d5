"""Texts in the JSON files of an installed Python package, which is found without being imported.

The files, one after another by name, are held to the SHA-256 of the config. A text is a string under one of the names
that `keys` lists, at any depth; strings that say the same are one text.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json
from polyglot.hub.model_folder import INSTALL, package_folder
from polyglot.pretraining.corpus_adapter import Part, RawText

ADAPTER = Adapter("JSON files of a Python package")


def texts(options: Json, place: Path | None, part: Part) -> Iterator[RawText]:
    """Yield the package's texts. Raises InputError where it is missing or holds other files than the config says."""
    files = sorted(package_folder(options["package"]).rglob("*.json"))
    hasher = hashlib.sha256()
    for file in files:
        hasher.update(file.read_bytes())
    if hasher.hexdigest() != options["sha256"]:
        raise InputError(
            f"package {options['package']}: SHA-256 of its {len(files)} JSON files is {hasher.hexdigest()}, not"
            f" {options['sha256']}; install the pinned version: {INSTALL}"
        )
    distinct: dict[str, str] = {}
    for file in files:
        for path, text in _strings(read_json(file), options["keys"]):
            distinct.setdefault(text, f"{file.name}#{path}")
    yield from (RawText(text, origin) for text, origin in part.of(distinct.items()))


def _strings(value: Any, keys: list[str], path: str = "", wanted: bool = False) -> Iterator[tuple[str, str]]:
    """(path, text) of every string below one of the keys."""
    if isinstance(value, str):
        if wanted:
            yield path, value
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _strings(inner, keys, f"{path}/{key}", key in keys or (wanted and isinstance(key, int)))
