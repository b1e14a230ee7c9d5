"""What a study's config says of its design, checked at parse: blocks that can be, and what is counted from them."""

from collections.abc import Iterator
from typing import Any

from polyglot.core.errors import InputError
from polyglot.study.design import Design
from polyglot.study.race import Race
from polyglot.synthesis.methods import ENGLISH, GIVEN, PAIRED, PUBLIC, TRANSLATED, TRANSLATIONS

Config = dict[str, Any]


def misplaced(block: Config, config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield (key, id, fault and cure) for entries that exclude each other in a block of the design."""
    for recipe in block["recipes"]:
        methods = config["recipes"][recipe]
        for teacher in block["teachers"]:
            rows = config["teachers"][teacher].get("rows")
            if rows and methods != [rows]:
                yield "teachers", teacher, f"writes nothing: its rows are those of {rows}, not of recipe {recipe}"
            is_mixture = "mixture" in config["teachers"][teacher]  # its teachers are asked
            if not rows and not is_mixture and set(methods) & {*PAIRED, GIVEN}:
                yield "teachers", teacher, f"is not asked in recipe {recipe}; use a teacher with rows: {methods[0]}"
        if ENGLISH in block["languages"] and set(methods) & set(TRANSLATIONS):
            yield "languages", ENGLISH, f"is what recipe {recipe} translates from; take it out, or use another recipe"
        if set(methods) & set(TRANSLATED):
            for language in [*block["languages"], ENGLISH]:
                if "flores" not in config["languages"].get(language, {}):
                    cure = f"add its FLORES-200 code as languages.{language}.flores"
                    yield "languages", language, f"cannot be translated by NLLB in recipe {recipe}; {cure}"


def check_blocks(config: Config, name: str) -> None:
    """Raise InputError for what the schema cannot see: blocks that cannot be, data too small to split."""
    for number, block in enumerate(config["design"]):
        for kind, key, fault in misplaced(block, config):
            raise InputError(f"{name}: design.{number}.{kind}: {key} {fault}")
        for recipe in block["recipes"]:
            parts = len(config["recipes"][recipe])
            if min(block["sizes"]) < parts:
                raise InputError(
                    f"{name}: design.{number}.sizes: {min(block['sizes'])} rows cannot be in {parts} parts"
                )


def check_updates(config: Config, name: str) -> None:
    """Raise InputError for an update of fewer rows than the batches that it is made of."""
    for base, entry in config["student_bases"].items():
        own = entry.get("training", {})
        settings = config["training"] | own
        rows, batches = settings["batch_size"], settings["gradient_accumulation_steps"]
        if batches > rows:
            key = (
                f"student_bases.{base}.training"
                if {"batch_size", "gradient_accumulation_steps"} & set(own)
                else "training"
            )
            raise InputError(
                f"{name}: {key}.gradient_accumulation_steps: {batches} batches have no {rows} rows to share"
                " (batch_size); lower it"
            )


def check_main(config: Config, name: str) -> None:
    """Raise InputError for a block or its name that is there twice, and for main cells that no block has."""
    names = [block["name"] for block in config["design"]]
    if twice := [number for number, block in enumerate(names) if block in names[:number]]:
        first = names.index(names[twice[0]])
        raise InputError(f"{name}: design.{twice[0]}.name: is that of design.{first} too; give it another")
    blocks = [{key: value for key, value in block.items() if key != "name"} for block in config["design"]]
    for number, block in enumerate(blocks):
        if block in blocks[:number]:
            raise InputError(f"{name}: design.{number}: is the same as design.{blocks.index(block)}; keep one")
    recipe, size = Design(config).main
    if blocks and not any(recipe in block["recipes"] and size in block["sizes"] for block in blocks):
        sizes = sorted({f"{of} of {rows}" for block in blocks for of in block["recipes"] for rows in block["sizes"]})
        raise InputError(
            f"{name}: scoring.main_size: no block of the design has recipe {recipe} of {size} rows; it has"
            f" {', '.join(sizes)}"
        )


def check_planted(config: Config, name: str) -> None:
    """Raise InputError for a planted teacher of other rows than people's, or with a language it cannot mix in."""
    for teacher, entry in config["teachers"].items():
        damage = entry.get("damage", {})
        if damage and entry["rows"] != PUBLIC:
            raise InputError(f"{name}: teachers.{teacher}.rows: {entry['rows']} cannot be damaged; use {PUBLIC}")
        if ("language" in damage) != (damage.get("kind") == "other_language"):
            fault = "kind other_language needs it" if "language" not in damage else "other_language alone takes it"
            raise InputError(f"{name}: teachers.{teacher}.damage.language: {fault}")
        if "language" in damage and damage["language"] not in config["languages"]:
            known = ", ".join(sorted(config["languages"]))
            raise InputError(
                f"{name}: teachers.{teacher}.damage.language: {damage['language']!r} is unknown; allowed: {known}"
            )
    held = {code for source in config["seeds"]["sources"] for code in config["sources"][source]["languages"]}
    for number, block in enumerate(config["design"]):
        for teacher in block["teachers"]:
            other = config["teachers"][teacher].get("damage", {}).get("language")
            if other and (other not in held or other in block["languages"]):
                fault = "a language of the design" if other in held else "held by none of seeds.sources"
                raise InputError(
                    f"{name}: teachers.{teacher}.damage.language: {other} is {fault} (design.{number}); name another"
                )


def check_race(config: Config, name: str) -> None:
    """Raise InputError for rounds of a race that do not rise, or whose data sets are too small to split."""
    race, rows = Race(Design(config)), config["race"]["rows"]
    if rows != sorted(rows):
        raise InputError(f"{name}: race.rows: {', '.join(map(str, rows))} do not rise; sort them")
    parts = max((len(config["recipes"][cell.recipe]) for cell in race.cells), default=0)
    if race.sizes[0] < parts:
        raise InputError(f"{name}: race.rows: {race.sizes[0]} rows cannot be in {parts} parts; ask for more")


def check_comparison(config: Config, name: str) -> None:
    """Raise InputError where the compared students are of several bases, or the baseline is none of them."""
    comparison = config.get("comparison")
    blocks = [block for block in config["design"] if comparison and comparison["language"] in block["languages"]]
    if not blocks:
        return
    bases = sorted({base for block in blocks for base in block["student_bases"]})
    if len(bases) > 1:
        raise InputError(
            f"{name}: comparison.language: has students of {', '.join(bases)} in the design; keep one base"
        )
    baseline = comparison["baseline"]
    keys = {"teacher": "teachers", "recipe": "recipes", "size": "sizes"}
    if not any(all(baseline[key] in block[kind] for key, kind in keys.items()) for block in blocks):
        content = ", ".join(f"{key} {baseline[key]}" for key in keys)
        raise InputError(f"{name}: comparison.baseline: no student of {content} is in the design; name one that is")
