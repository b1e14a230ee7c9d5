"""The project's own JSON schemas, read in C: in Python it took longer than all that they check."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def read_schema(file: Path) -> dict[str, Any]:
    """The schema of a YAML file of resources/schemas. A file of the user's is never read so: deep nesting ends C."""
    return yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
