"""The models and data sets of a study, and the obligations of their licences."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from polyglot.core.errors import InputError
from polyglot.core.schema_files import read_schema
from polyglot.study.config import describe

# what a base and its tokenizer learn from: roles in a study, and with ` of B` of its student base B
PRETRAINING = ("pretraining corpus", "tokenizer corpus", "morpheme dictionary")


@dataclass(frozen=True)
class Licence:
    """A licence; resources/schemas/licences.schema.yaml describes the fields."""

    name: str
    title: str
    hub: str
    url: str
    rank: int
    data: str
    students: str
    notice: str | None = None
    prefix: str | None = None


@dataclass(frozen=True)
class Material:
    """A model or data set in one role: name, address, licence, revision, languages."""

    kind: str  # model, dataset or api
    id: str
    title: str
    url: str
    licence: str
    role: str
    revision: str | None = None
    languages: tuple[str, ...] | None = None


def material_from(entry: dict[str, Any]) -> Material:
    """A material as JSON has it."""
    return Material(**entry | {"languages": entry.get("languages") and tuple(entry["languages"])})


def read_licences(path: Path, schema_file: Path) -> dict[str, Licence]:
    """Licences by name. Raises InputError naming the file and the key at fault."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise InputError(f"{path}: not valid YAML ({error}); correct it") from error
    errors = list(Draft202012Validator(read_schema(schema_file)).iter_errors(content))
    if errors:
        raise InputError(f"{path}: {describe(errors[0])}")
    return {name: Licence(name, **entry) for name, entry in content["licences"].items()}


def licence_of(material: Material, licences: dict[str, Licence], path: object) -> Licence:
    """The licence of a material. Raises InputError naming the file `path` where it has no entry."""
    if material.licence not in licences:
        raise InputError(f"{path}: licence {material.licence!r} of {material.id} has no entry; add one under licences")
    return licences[material.licence]


def roles_of_rows(teacher: str) -> set[str]:
    """The roles of materials whose licences bind the rows of a teacher."""
    return {f"teacher {teacher}", f"translator for {teacher}", "seed source"}


def roles_of_base(student_base: str) -> set[str]:
    """The roles of materials whose licences bind a student base, and what is trained from it."""
    return {f"student base {student_base}", *(f"{role} of {student_base}" for role in PRETRAINING)}


def strictest(licences: Iterable[Licence]) -> list[Licence]:
    """Each licence once, the strictest first."""
    return sorted(set(licences), key=lambda item: (-item.rank, item.name))


def card_licence(ordered: list[Licence]) -> dict[str, str]:
    """The `license` of a card whose licences are `ordered`, strictest first: its hub id, or `other` with name and link.

    Where another strict licence applies besides, no single id would be true: then the card says `other` and names all.
    """
    binding = [item for item in ordered if item.rank == ordered[0].rank or item.rank > 4]
    if len(binding) == 1 and binding[0].hub != "other":
        return {"license": binding[0].hub}
    name = " and ".join(item.name for item in binding).lower().replace(" ", "-")
    return {"license": "other", "license_name": name, "license_link": binding[0].url}
