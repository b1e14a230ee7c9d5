"""The site file: what differs from cluster to cluster. The workflow and the SLURM profile both read it here."""

from pathlib import Path
from typing import Any

from polyglot.core.schema_files import read_schema
from polyglot.study.config import check, strict_validator
from polyglot.study.yaml_files import read_yaml

SCHEMA = Path(__file__).parents[3] / "resources/schemas/site.schema.yaml"


def read_site(file: Path) -> dict[str, Any]:
    """The site file with its defaults filled in; the defaults alone if it is missing. Raises InputError."""
    site = read_yaml(file) if file.is_file() else {}
    check(strict_validator(SCHEMA), site, str(file))
    return filled(site, read_schema(SCHEMA))


def filled(given: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """`given` with every key of the schema: its default, or None, where it is left out."""
    result = {}
    for key, entry in schema["properties"].items():
        value = given.get(key, entry.get("default"))
        result[key] = filled(value, entry) if isinstance(value, dict) else value
    return result
