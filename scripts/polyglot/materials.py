"""Which models and data sets a study uses, in which roles, read from its config; nothing else is read."""

from collections.abc import Callable
from typing import Any

from polyglot.design import Design
from polyglot.licences import Material

HUB = "https://huggingface.co/"
PACKAGES = "https://pypi.org/project/"
Locked = Callable[[str, str], str]


def materials(design: Design, packaged: dict[str, Any], locked: Locked) -> list[Material]:
    """Every model and data set of a study, once a role, sorted; `locked(kind, repository)` gives the pinned commit."""
    config = design.config
    found = set()
    for cell in design.cells:
        base = config["student_bases"][cell.student_base]
        found |= {
            _teacher(config, cell.teacher, locked),
            _model(config, base["model"], f"student base {cell.student_base}", locked),
            _model(config, base["reference"], "reference", locked),
        }
    intrinsic = config["intrinsic"]
    for kind, role in (("judge", "judge"), ("embedder", "embedder")):
        found.add(_model(config, config[f"{kind}s"][intrinsic[kind]]["model"], role, locked))
    found.add(_model(config, intrinsic["length_model"], "tokenizer of lengths", locked))
    for kind, role, names in (
        ("sources", "seed source", config["seeds"]["sources"]),
        ("benchmarks", "benchmark", config["evaluation"]["benchmarks"]),
    ):
        found |= {_dataset(config, name, config[kind][name], role, packaged, locked) for name in names}
    return sorted(found, key=lambda one: (one.role, one.id))


def _model(config: dict[str, Any], name: str, role: str, locked: Locked) -> Material:
    entry = config["models"][name]
    if "hub" in entry:
        hub = entry["hub"]
        return Material("model", name, hub, f"{HUB}{hub}", entry["licence"], role, locked("model", hub))
    package = entry["package"].replace("_", "-")
    return Material("model", name, package, f"{PACKAGES}{package}/", entry["licence"], role, entry["sha256"])


def _teacher(config: dict[str, Any], name: str, locked: Locked) -> Material:
    entry = config["teachers"][name]
    if "model" in entry:
        return _model(config, entry["model"], f"teacher {name}", locked)
    api = entry["api"]
    return Material("api", name, api["model"], api["base_url"], entry["licence"], f"teacher {name}", api["model"])


def _dataset(
    config: dict[str, Any], name: str, entry: dict[str, Any], role: str, packaged: dict[str, Any], locked: Locked
) -> Material:
    if "dataset" in entry:
        data = config["datasets"][entry["dataset"]]
        hub = data["hub"]
        return Material("dataset", name, hub, f"{HUB}datasets/{hub}", data["licence"], role, locked("dataset", hub))
    texts = packaged[entry["adapter"]]
    return Material("dataset", name, texts["title"], texts["url"], texts["licence"], role)
