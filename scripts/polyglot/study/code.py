"""The project files that a program runs: inputs of its rule, so that a code change reruns exactly its dependants."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[3]
SOURCE = PROJECT / "scripts"


# Imports by their words: parsing every file took a quarter of a plan's time. A text that looks like an import counts as
# an import, which may declare a file too many and never one too few.
FROM = re.compile(r"\bfrom (polyglot[\w.]*) import (\((?:[^)#]|#.*\n)*\)|(?:\\\n|.)*)")
IMPORT = re.compile(r"\bimport ((?:\\\n|.)*\bpolyglot\b(?:\\\n|.)*)")


def modules(file: Path) -> Iterator[str]:
    """Names of project modules that a file imports, at any depth of nesting; some are names inside a module."""
    text = file.read_text(encoding="utf-8")
    for package, names in FROM.findall(text):
        yield from (f"{package}.{name}" for name in re.findall(r"\w+", names))
    for names in IMPORT.findall(text):
        yield from re.findall(r"\bpolyglot[\w.]*", names)


@cache
def files_of_module(name: str) -> tuple[Path, ...]:
    """The file of a module and the `__init__.py` of every package above it that holds code."""
    parts, files = name.split("."), []
    for end in range(1, len(parts) + 1):
        path = SOURCE.joinpath(*parts[:end])
        package, module = path / "__init__.py", path.with_suffix(".py")
        # an empty file changes nothing; a thousand jobs that each declare eight of them slow down the plan
        if package.is_file() and package.stat().st_size:
            files.append(package)
        if module.is_file():
            files.append(module)
    return tuple(files)


@cache
def imported(file: Path) -> frozenset[Path]:
    """The project files that importing a file loads directly."""
    return frozenset(path for name in modules(file) for path in files_of_module(name))


@cache
def code(module: str) -> list[str]:
    """The files of `polyglot.{module}` and of all that it imports, directly or not, relative to the project, sorted.

    The module's own file is listed even where it is missing: Snakemake then names the missing input of the rule.
    """
    own = SOURCE.joinpath("polyglot", *module.split(".")).with_suffix(".py")
    results: set[Path] = {own}
    queue = [own, *files_of_module(f"polyglot.{module}")]
    while queue:
        file = queue.pop()
        if file.is_file():
            results.add(file)
            queue += imported(file) - results
    return sorted(str(file.relative_to(PROJECT)) for file in results)


@cache
def files_below(folder: str) -> list[str]:
    """All files below a tracked folder, sorted: inputs of the rule whose program reads the folder."""
    return sorted(str(path) for path in Path(folder).rglob("*") if path.is_file() and path.parent.name != "__pycache__")
