"""What a config says of the user's own files, checked at parse: prompts, rows and items that no rule makes."""

from pathlib import Path
from typing import Any

from polyglot.core.adapter import adapters
from polyglot.core.errors import InputError
from polyglot.evaluation.benchmark_adapter import BENCHMARKS
from polyglot.seeds.source_adapter import SOURCES
from polyglot.synthesis.methods import GIVEN

Config = dict[str, Any]
TEXTS = ("prompt", "messages")  # a table without either has no prompts


def own_files(entry: Config) -> list[str]:
    """The files of the user that an entry names."""
    named = entry.get("path", [])
    return list(named.values()) if isinstance(named, dict) else [named] if named else []


def check_own_files(config: Config, name: str) -> None:
    """Raise InputError for a path, columns or a licence that an entry lacks or that its adapter does not read."""
    for source, entry in config["sources"].items():
        key, adapter = f"{name}: sources.{source}", adapters(SOURCES)[entry["adapter"]]
        for field, read in (("path", adapter.own_file), ("columns", adapter.columns), ("licence", adapter.own_file)):
            if field in entry and not read:
                raise InputError(
                    f"{key}.{field}: adapter {entry['adapter']} reads none; remove it, or use adapter file"
                )
        _check_paths(key, entry, adapter.own_file)
        columns = entry.get("columns", {})
        if adapter.columns and not adapter.own_file and not set(TEXTS) & set(columns):
            raise InputError(f"{key}.columns: names no column of prompts; add prompt or messages")
        if "messages" in columns and {"prompt", "response"} & set(columns):
            raise InputError(f"{key}.columns: names messages beside prompt or response; keep one form")


def check_own_items(config: Config, name: str) -> None:
    """Raise InputError for a benchmark without a file of its own in each language, or asked in another way."""
    for benchmark, entry in config["benchmarks"].items():
        key, adapter = f"{name}: benchmarks.{benchmark}", adapters(BENCHMARKS)[entry["adapter"]]
        for field in ("path", "licence"):
            if field in entry and not adapter.own_file:
                own = ", ".join(sorted(file for file, facts in adapters(BENCHMARKS).items() if facts.own_file))
                raise InputError(f"{key}.{field}: adapter {entry['adapter']} reads none; remove it, or use {own}")
        if adapter.own_file and {"dataset", "source"} & set(entry):
            raise InputError(f"{key}: adapter {entry['adapter']} reads a file of yours; remove dataset and source")
        if adapter.formulation not in (None, entry["formulation"]):
            raise InputError(
                f"{key}.formulation: adapter {entry['adapter']} gives items of {adapter.formulation}; use it"
            )
        if entry.get("task") not in (adapter.tasks or [None]):
            tasks = f"has {', '.join(adapter.tasks)}; name one" if adapter.tasks else "has no tasks; remove it"
            raise InputError(f"{key}.task: adapter {entry['adapter']} {tasks}")
        if adapter.of_corpus != ("corpus" in entry):
            fault = "needs the held-out documents of one; name it" if adapter.of_corpus else "reads none; remove it"
            raise InputError(f"{key}.corpus: adapter {entry['adapter']} {fault}")
        _check_paths(key, entry, adapter.own_file)
        own = entry.get("path")
        held = set(own) if isinstance(own, dict) else set(entry["languages"][:1])
        if own and held != set(entry["languages"]):
            differing = ", ".join(sorted(held ^ set(entry["languages"])))
            raise InputError(
                f"{key}.path: its languages are not those of the benchmark: {differing}; name a file of each"
            )


def _check_paths(key: str, entry: Config, needed: bool) -> None:
    if needed and "path" not in entry:
        raise InputError(f"{key}.path: adapter {entry['adapter']} reads a file of yours; name it")
    for path in own_files(entry):
        if not Path(path).is_file():
            raise InputError(f"{key}.path: {path} is no file; put it there, counted from the project's folder")


def check_given(config: Config, name: str) -> None:
    """Raise InputError for a teacher of given rows without a source of its languages, or in another recipe."""
    for teacher, entry in config["teachers"].items():
        key = f"{name}: teachers.{teacher}.source"
        if (entry.get("rows") == GIVEN) != ("source" in entry):
            fault = "names no source of its rows; add it" if "rows" in entry and "source" not in entry else "is unused"
            raise InputError(f"{key}: {fault}, as rows: {GIVEN} alone has a source")
        if "source" in entry and entry["source"] not in config["sources"]:
            raise InputError(f"{key}: {entry['source']!r} is unknown; allowed: {', '.join(sorted(config['sources']))}")
    for recipe, methods in config["recipes"].items():
        if GIVEN in methods and (recipe != GIVEN or len(methods) > 1):
            raise InputError(f"{name}: recipes.{recipe}: {GIVEN} stands alone, in the recipe of that name; take it out")
    for number, block in enumerate(config["design"]):
        for teacher in block["teachers"]:
            source = config["teachers"][teacher].get("source")
            lacking = sorted(set(block["languages"]) - set(config["sources"][source]["languages"])) if source else []
            if lacking:
                cure = f"add it to sources.{source}.languages, or take it out"
                raise InputError(
                    f"{name}: design.{number}.languages: the rows of {teacher} hold no {lacking[0]}; {cure}"
                )
