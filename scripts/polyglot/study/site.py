"""The site file: what differs from cluster to cluster. The workflow and the SLURM profile both read it here."""

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from polyglot.core.errors import InputError
from polyglot.study.config import check

SCHEMA = Path(__file__).parents[3] / "resources/schemas/site.schema.yaml"


def read_site(file: Path) -> dict[str, Any]:
    """The site file with its defaults filled in; the defaults alone if it is missing. Raises InputError."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    site: Any = {}
    if file.is_file():
        try:
            site = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{file}: not valid YAML ({reason}); see profiles/slurm/sites/") from error
    check(Draft202012Validator(schema), site, str(file))
    return filled(site, schema)


def filled(given: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """`given` with every key of the schema: its default, or None, where it is left out."""
    result = {}
    for key, entry in schema["properties"].items():
        value = given.get(key, entry.get("default"))
        result[key] = filled(value, entry) if isinstance(value, dict) else value
    return result
