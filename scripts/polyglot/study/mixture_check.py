"""What a config says of mixtures of teachers, checked at parse: who gives rows, and that there are rows to give."""

from typing import Any

from polyglot.core.errors import InputError
from polyglot.study.design import Cell, Design

Config = dict[str, Any]


def check_mixtures(config: Config, name: str) -> None:
    """Raise InputError for a mixture of what is no teacher, with parts that do not add up, or without rows to take."""
    mixtures = {mixture: entry for mixture, entry in config["teachers"].items() if "mixture" in entry}
    for mixture, entry in mixtures.items():
        _check_teachers(f"{name}: teachers.{mixture}", entry, config["teachers"])
        if isinstance(entry["parts"], dict):
            _check_languages(f"{name}: teachers.{mixture}.parts", entry, config["languages"])
    _check_design(config, name)


def _check_teachers(key: str, entry: Config, teachers: Config) -> None:
    """Raise InputError for a mixture of fewer than two teachers, of unknown ones, or of other mixtures."""
    for teacher in entry["mixture"]:
        if teacher not in teachers:
            known = ", ".join(sorted(teacher for teacher, other in teachers.items() if "mixture" not in other))
            raise InputError(f"{key}.mixture: {teacher!r} is unknown; allowed: {known}")
        if "mixture" in teachers[teacher]:
            raise InputError(f"{key}.mixture: {teacher} is a mixture itself; name its teachers")
    if len(entry["mixture"]) < 2:
        raise InputError(f"{key}.mixture: holds one teacher, {entry['mixture'][0]}; add another, or take it out")


def _check_languages(key: str, entry: Config, languages: Config) -> None:
    """Raise InputError for parts by language that name no language, or not exactly the teachers of the mixture."""
    for code, teacher in entry["parts"].items():
        if code not in languages:
            raise InputError(f"{key}: {code!r} is unknown; allowed: {', '.join(sorted(languages))}")
        if teacher not in entry["mixture"]:
            raise InputError(f"{key}.{code}: {teacher} is not in the mixture; use {' or '.join(entry['mixture'])}")
    if idle := [teacher for teacher in entry["mixture"] if teacher not in entry["parts"].values()]:
        raise InputError(f"{key}: no language is given to {idle[0]}; give it one, or take it out of the mixture")


def _check_design(config: Config, name: str) -> None:
    """Raise InputError for a block whose mixture lacks a language, or the data set of a teacher beside it."""
    design = Design(config)
    for number, block in enumerate(config["design"]):
        for mixture in block["teachers"]:
            parts = config["teachers"][mixture].get("parts")
            lacking = [code for code in block["languages"] if isinstance(parts, dict) and code not in parts]
            if lacking:
                raise InputError(
                    f"{name}: teachers.{mixture}.parts: has no {lacking[0]}, a language of design.{number}; name the"
                    " teacher of it, or take it out"
                )
    cells = set(design.cells)
    for cell in design.cells:
        writers = design.writers(cell.teacher, cell.language)
        lacking = [teacher for teacher in writers if cell._replace(teacher=teacher) not in cells]
        if lacking:
            raise InputError(f"{name}: teachers.{cell.teacher}.mixture: {_lacks(cell, lacking[0])}")
        if config["teachers"][cell.teacher].get("parts") == "by_method":
            _check_screened(f"{name}: teachers.{cell.teacher}.parts", design, cell)


def _check_screened(key: str, design: Design, cell: Cell) -> None:
    """Raise InputError where the screen has no rows by which the teacher of one of a cell's methods is chosen."""
    recipes = design.config["recipes"]
    screened = {
        (other.teacher, other.language, method) for other in design.method_screened for method in recipes[other.recipe]
    }
    for method in recipes[cell.recipe]:
        for teacher in design.writers(cell.teacher, cell.language):
            if (teacher, cell.language, method) not in screened:
                recipe, size = design.main
                raise InputError(
                    f"{key}: by_method needs a screen of {method} rows of {teacher} in {cell.language}, and only the"
                    f" main block ({recipe} of {size} rows) is screened; use equal, or take the mixture out of it"
                )


def _lacks(cell: Cell, teacher: str) -> str:
    data = f"{cell.recipe} of {cell.size} rows in {cell.language}, trial {cell.trial}"
    return (
        f"the design has {data}, for {cell.student_base}, of the mixture but not of {teacher}, whose rows it takes; add"
        f" {teacher} to the block"
    )
