"""Hand-written sentence templates, one YAML file a language."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from polyglot.core.errors import InputError
from polyglot.core.files import Json


def read_sentences(path: Path, keys: Iterable[str]) -> Json:
    """Read {folder}/{language}.yaml and check that it has `keys`. Raises InputError naming the file and the cure."""
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("??.yaml")))
        raise InputError(
            f"{path}: not found; write it like en.yaml, or use a language that is there: {known or 'none'}"
        )
    try:
        sentences = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as YAML ({error}); fix it") from error
    for key in keys:
        if not isinstance(sentences, dict) or key not in sentences:
            raise InputError(f"{path}: {key!r} is missing; en.yaml beside it shows the fields")
    return sentences
