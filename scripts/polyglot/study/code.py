"""The project files that a program runs: inputs of its rule, so that a code change reruns exactly its dependants."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[3]
SOURCE = PROJECT / "scripts"


def modules(file: Path) -> Iterator[str]:
    """Names of project modules that a file imports, at any depth of nesting; some are names inside a module."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "polyglot")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "polyglot":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files_of_module(name: str) -> Iterator[Path]:
    """The file of a module and the `__init__.py` of every package above it that holds code."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        path = SOURCE.joinpath(*parts[:end])
        package, module = path / "__init__.py", path.with_suffix(".py")
        # an empty file changes nothing; a thousand jobs that each declare eight of them slow down the plan
        if package.is_file() and package.stat().st_size:
            yield package
        if module.is_file():
            yield module


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
