"""The studies that the board shows: those of this machine that have a manifest, and archives that others sent."""

import os
from collections.abc import Sequence
from pathlib import Path

from polyglot.audit.records import manifest_path
from polyglot.core.provenance import sha256_of


def finished(names: Sequence[str] | None) -> dict[str, str | None]:
    """Study → SHA-256 of its manifest: of `names`, or of every study that has one. Without a manifest it is None.

    The hashes are settings of the rule and not inputs: a board shows studies as they are, and never runs one again.
    """
    if names is None:
        names = sorted(path.parts[1] for path in Path().glob(manifest_path("*")))
    files = {name: Path(manifest_path(name)) for name in names}
    return {name: sha256_of(file) if file.is_file() else None for name, file in files.items()}


def archives(folder: str) -> list[str]:
    """The files in a folder, sorted, but hidden ones; none where there is no such folder."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [f"{folder}/{name}" for name in names if not name.startswith(".")]
