"""The site file: what differs from cluster to cluster. The workflow and the SLURM profile both read it here."""

import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from polyglot.config import check
from polyglot.errors import InputError

SCHEMA = Path(__file__).parents[2] / "resources/schemas/site.schema.yaml"


def read_site(file: Path) -> dict[str, Any]:
    """The site file with its defaults filled in; the defaults alone where there is none. Raises InputError."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    site: Any = {}
    if file.is_file():
        try:
            site = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{file}: is no YAML ({reason}); see profiles/slurm/sites/") from error
    check(Draft202012Validator(schema), site, str(file))
    return filled(site, schema)


def filled(given: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """`given` with every key of the schema: its default, or None, where it is left out."""
    result = {}
    for key, entry in schema["properties"].items():
        value = given.get(key, entry.get("default"))
        result[key] = filled(value, entry) if isinstance(value, dict) else value
    return result


def rules_with_cards(folder: Path) -> list[str]:
    """Names of the rules in `folder` that declare cards, or use one that does: the profile puts them together."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.smk")))
    bodies = re.split(r"^rule (\w+):$", text, flags=re.MULTILINE)
    own = {name for name, body in zip(bodies[1::2], bodies[2::2], strict=True) if re.search(r"(?m)^ {8}gpu=", body)}
    used = {copy for name, copy in re.findall(r"^use rule (\w+) as (\w+) with:$", text, re.MULTILINE) if name in own}
    return sorted(own | used)
