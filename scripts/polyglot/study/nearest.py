"""What may have been meant by a target that no rule makes."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any

SECTIONS = ("languages", "teachers", "student_bases", "sources", "recipes", "models", "datasets", "benchmarks")


def meant(target: str, rules: Iterable[str], names: Iterable[str]) -> str:
    """In a line: what of `target` is unknown, the names nearest to it, and where the whole list is.

    `rules` are the targets that have a name. `names` are the words of paths: folders and files that rules make, and
    the ids of the study.
    """
    rules, known = sorted(rules), {*names}
    if "/" not in target:
        return f"error: {target}: no target{near(target, rules)}; targets: {', '.join(rules)}"
    parts = PurePosixPath(target).parts
    words = [*parts[:-1], parts[-1].split(".")[0]]
    unknown = [word for word in words if word not in known and not re.fullmatch(r"(trial|\w+-)?\d+", word)]
    if not unknown:
        return f"error: {target}: no rule makes it, though each of its names is known; docs/layout.md has all paths"
    what = f"{unknown[0]} is no name of this study{near(unknown[0], known)}"
    return f"error: {target}: {what}; docs/layout.md has all paths, the config all ids"


def near(word: str, known: Iterable[str]) -> str:
    """The known names nearest to `word`, as the end of a clause; empty where none is near."""
    names = get_close_matches(word, sorted(known), n=3, cutoff=0.5)
    return f"; nearest: {', '.join(names)}" if names else ""


def path_words(patterns: Iterable[str]) -> set[str]:
    """The folders and file names, without their ends, that patterns of outputs hold beside wildcards."""
    parts = (part for pattern in patterns for part in PurePosixPath(pattern).parts)
    return {part.split(".")[0] for part in parts if "{" not in part}


def ids(config: dict[str, Any]) -> set[str]:
    """The names that a study's config gives to what paths are made of."""
    methods = {method for methods in config["recipes"].values() for method in methods}
    return {config["study"], *methods, *(name for section in SECTIONS for name in config[section])}
