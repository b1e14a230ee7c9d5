"""Which models and data sets a study uses, in which roles, read from its config; nothing else is read."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from polyglot.core.adapter import adapters
from polyglot.hub.licences import PRETRAINING, Material, read_licences
from polyglot.pretraining.morphemes import DICTIONARY
from polyglot.study.commands import text
from polyglot.study.config import ADAPTERS
from polyglot.study.corpus_views import KOREAN
from polyglot.study.design import Design
from polyglot.study.own_data import own_files
from polyglot.synthesis.methods import TRANSLATED

HUB = "https://huggingface.co/"
PACKAGES = "https://pypi.org/project/"
UNSTATED = "none stated"
Locked = Callable[[str, str], str]


class Shared:
    """What goes with a study to others, as settings of the rules that make its crate and its cards.

    Raises InputError for a table of licences that is not valid.
    """

    def __init__(self, design: Design, licences: Path, schema: Path, locked: Locked) -> None:
        read_licences(licences, schema)  # a table that is not valid ends the run at parse
        listed = materials(design, locked)
        held, titles = (
            design.config["benchmarks"],
            {entry.id: entry.title for entry in listed if entry.role == "benchmark"},
        )
        benchmarks = {
            name: {"ability": held[name]["measures"], "title": titles[name], "decides": name in design.deciding}
            for name in design.benchmarks
        }
        self.materials = text([asdict(entry) for entry in listed])
        self.benchmarks = text(benchmarks)
        self.names = text({code: entry["name"] for code, entry in design.config["languages"].items()})


def materials(design: Design, locked: Locked) -> list[Material]:
    """Every model and data set of a study, once a role, sorted; `locked(kind, repository)` gives the pinned commit.

    Roles name who uses the material where licences bind what that makes: `teacher T`, `student base B`,
    `translator for T`, `pretraining corpus of B`.
    """
    results = {_model(design.config, name, role, locked) for name, role in _models(design)}
    for name, writer in _written_by(design):
        entry, role = design.config["teachers"][writer], f"teacher {name}"
        if "api" in entry:
            results.add(_served(entry, writer, role))
        if source := entry.get("source"):
            results |= set(_datasets(design.config, "sources", source, role, locked))
    for name, role in _judges(design):
        if "api" in design.config["judges"][name]:
            results.add(_served(design.config["judges"][name], name, role))
    for role, kind, names in (
        ("seed source", "sources", design.sources),
        ("benchmark", "benchmarks", design.benchmarks),
    ):
        for name in names:
            results |= set(_datasets(design.config, kind, name, role, locked))
    results |= set(_pretraining(design, locked))
    for name in design.benchmarks:
        if "corpus" in design.config["benchmarks"][name]:
            corpus = design.config["benchmarks"][name]["corpus"]
            results.add(_corpus(design.config, corpus, name, "benchmark", locked))
        for source in design.benchmark_sources(name):
            of_source = _datasets(design.config, "sources", source, "benchmark", locked)
            results |= {replace(material, id=name) for material in of_source}
    return sorted(results, key=lambda item: (item.role, item.id, item.title))


def _written_by(design: Design) -> set[tuple[str, str]]:
    """(teacher, writer) of the design: a teacher writes its rows itself, those of a mixture are others'."""
    pairs = {(cell.teacher, cell.language) for cell in design.cells}
    return {(teacher, writer) for teacher, language in pairs for writer in design.writers(teacher, language)}


def _models(design: Design) -> Iterator[tuple[str, str]]:
    """(model, role) of every model that the study loads."""
    config = design.config
    yield from ((name, "pretrained base") for name in design.pretrained)
    if not design.cells:
        return
    for teacher, writer in _written_by(design):
        if "model" in config["teachers"][writer]:
            yield config["teachers"][writer]["model"], f"teacher {teacher}"
    for cell in design.cells:
        base = config["student_bases"][cell.student_base]
        yield base["model"], f"student base {cell.student_base}"
        yield base["reference"], f"reference for {cell.student_base}"
        if any(method in TRANSLATED for method in config["recipes"][cell.recipe]):
            yield from ((translator["model"], f"translator for {cell.teacher}") for translator in design.translators)
    intrinsic = config["intrinsic"]
    entries = ((config["judges"][name], role) for name, role in _judges(design))
    yield from ((entry["model"], role) for entry, role in entries if "model" in entry)
    yield config["embedders"][intrinsic["embedder"]]["model"], "embedder"
    yield intrinsic["length_model"], "tokenizer of lengths"
    yield from ((name, "compared model") for name in design.compared_models)


def _judges(design: Design) -> list[tuple[str, str]]:
    """(judge, role) of the judges of a study's rows; none where it has no rows."""
    return list(zip(design.judges, ("judge", "second judge"), strict=False)) if design.cells else []


def _served(entry: dict[str, Any], name: str, role: str) -> Material:
    """A model behind an API."""
    api = entry["api"]
    return Material("api", name, api["model"], api["base_url"], entry["licence"], role, api["model"])


def _pretraining(design: Design, locked: Locked) -> Iterator[Material]:
    """What runs and tokenizers of the study learn from; then the same of each student base that a run made."""
    config = design.config
    for run in design.runs.values():
        yield from _of_run(config, run, locked)
    for tokenizer in config["compared_tokenizers"] if design.runs else ():  # there are tables of them then
        yield from _of_tokenizer(config, tokenizer, locked)
    for base in {cell.student_base for cell in design.cells}:
        run = config["models"][config["student_bases"][base]["model"]].get("pretrained")
        for material in _of_run(config, design.runs[run], locked) if run else ():
            # a student has learned from them whatever its own language is
            yield replace(material, role=f"{material.role} of {base}", languages=None)


def _of_run(config: dict[str, Any], run: dict[str, Any], locked: Locked) -> Iterator[Material]:
    for corpus in run["corpora"]:
        yield _corpus(config, corpus, corpus, PRETRAINING[0], locked)
    yield from _of_tokenizer(config, run["tokenizer"], locked)


def _of_tokenizer(config: dict[str, Any], tokenizer: str, locked: Locked) -> Iterator[Material]:
    entry = config["tokenizers"][tokenizer]
    for corpus in entry["corpora"]:
        yield _corpus(config, corpus, corpus, PRETRAINING[1], locked)
    if entry["morphemes"]:
        package, title, licence = DICTIONARY
        url = f"{PACKAGES}{package}/"
        yield Material("dataset", package, title, url, licence, PRETRAINING[2], languages=(KOREAN,))


def _model(config: dict[str, Any], name: str, role: str, locked: Locked) -> Material:
    entry = config["models"][name]
    if "hub" in entry:
        hub = entry["hub"]
        return Material("model", name, hub, f"{HUB}{hub}", entry["licence"], role, locked("model", hub))
    if "pretrained" in entry:
        folder = f"results/{config['study']}/pretrained/{entry['pretrained']}"
        return Material("model", name, entry["pretrained"], folder, entry["licence"], role)
    package = entry["package"].replace("_", "-")
    return Material("model", name, package, f"{PACKAGES}{package}/", entry["licence"], role, entry["sha256"])


def _corpus(config: dict[str, Any], corpus: str, name: str, role: str, locked: Locked) -> Material:
    """The texts of a corpus, as material `name`."""
    entry = config["corpora"][corpus]
    languages = tuple(entry["languages"])
    if "dataset" in entry:
        data = config["datasets"][entry["dataset"]]
        url = f"{HUB}datasets/{data['hub']}"
        revision = locked("dataset", data["hub"])
        return Material("dataset", name, data["hub"], url, data["licence"], role, revision, languages)
    if "path" in entry:
        path = entry["path"]
        return Material("dataset", name, Path(path).name, path, entry["licence"], role, None, languages)
    package = entry["package"].replace("_", "-")
    url = f"{PACKAGES}{package}/"
    return Material("dataset", name, package, url, entry["licence"], role, entry["sha256"], languages)


def _datasets(config: dict[str, Any], kind: str, name: str, role: str, locked: Locked) -> Iterator[Material]:
    entry = config[kind][name]
    languages = tuple(entry["languages"])
    named = entry.get("dataset", [])
    for dataset in [named] if isinstance(named, str) else named:
        data = config["datasets"][dataset]
        hub, url = data["hub"], f"{HUB}datasets/{data['hub']}"
        yield Material("dataset", name, hub, url, data["licence"], role, locked("dataset", hub), languages)
    for path in own_files(entry):
        yield Material("dataset", name, Path(path).name, path, entry.get("licence", UNSTATED), role, None, languages)
    texts = adapters(ADAPTERS[kind])[entry["adapter"]].packaged
    if texts and not named:
        yield Material("dataset", name, texts.title, texts.url, texts.licence, role, None, languages)
