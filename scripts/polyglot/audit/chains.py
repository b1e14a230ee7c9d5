"""Walking back from a file to the raw prompts it rests on, by the records of the jobs that made it."""

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

from polyglot.audit.row_index import count_rows
from polyglot.audit.truth import Truth, establish
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.provenance import STUDY_FOLDERS
from polyglot.core.texts import spelt


def study_of(path: str) -> str:
    """The study that a path is of. Raises InputError where it is of none."""
    parts = Path(path).parts
    if len(parts) < 3 or parts[0] not in STUDY_FOLDERS:
        raise InputError(f"{path}: no file of a study; give a path like paper_figures/demo/figure_02.pdf")
    return parts[1]


def records_of(root: Path, path: str) -> Truth:
    """What is recorded of the study of a path. Raises InputError where no job's record names the path."""
    study = study_of(path)
    truth = establish(root, study)
    if not truth.jobs:
        raise InputError(f"results/{study}/audit/records: holds no record; make the study with this version")
    if path not in truth.lines and path not in truth.jobs:
        where = "it is there, but no job says that it wrote it" if (root / path).exists() else "nor is it there"
        raise InputError(f"{path}: no record names it, {where}; see results/{study}/audit/manifest.jsonl for what is")
    return truth


def output_of(truth: Truth, path: str) -> str | None:
    """The declared output that a file is, or lies in; None of a file that no job made."""
    if path in truth.jobs:
        return path
    line = truth.lines.get(path)
    return line["output"] if line and line["kind"] == "output" else None


def node(root: Path, truth: Truth, output: str) -> Json:
    """What is known of one declared output: rule, hash, rows, time; of a folder, of all its files together."""
    job, files = truth.jobs[output], sorted(truth.files.get(output, ()))
    hashes = [truth.lines[path]["sha256"] for path in files]
    item = files == [output]
    together = "".join(f"{path} {sha256}\n" for path, sha256 in zip(files, hashes, strict=True))
    return {
        "path": output,
        "rule": job["rule"],
        "wildcards": job["wildcards"],
        "sha256": hashes[0] if item else hashlib.sha256(together.encode("utf-8", "surrogateescape")).hexdigest(),
        "bytes": sum(truth.lines[path]["bytes"] for path in files),
        "files": len(files),
        "rows": count_rows(root / output) if item else None,
        "seconds": job["seconds"],
        "made_at": job["made_at"],
    }


def inputs_of(truth: Truth, output: str) -> tuple[list[str], list[Json]]:
    """The declared outputs that a job read, and the files beside them that no job made (resources, tracked by git)."""
    outputs, resources = {}, []
    for path, sha256 in sorted(truth.jobs[output]["inputs"].items()):
        before = output_of(truth, path)
        if before is None:
            resources.append({"path": path, "sha256": sha256})
        else:
            outputs[before] = None
    return list(outputs), resources


def tree(root: Path, truth: Truth, path: str) -> Json:
    """The tree below a file: each output once with what it was made from, again only as `above`."""
    seen: set[str] = set()

    def grow(output: str) -> Json:
        if output in seen:
            return {"path": output, "above": True}
        seen.add(output)
        outputs, resources = inputs_of(truth, output)
        grown = node(root, truth, output)
        return grown | {"resources": resources, "inputs": [grow(item) for item in outputs]}

    output = output_of(truth, path)
    if output is None:
        raise InputError(f"{path}: is no output of a rule but its {truth.lines[path]['kind']}; trace the output itself")
    return grow(output)


def upstream(truth: Truth, output: str) -> Iterator[str]:
    """Every declared output that one rests on, itself first, each once."""
    seen, queue = {output}, [output]
    while queue:
        item = queue.pop(0)
        yield item
        for before in inputs_of(truth, item)[0]:
            if before not in seen:
                seen.add(before)
                queue.append(before)


def drawn(grown: Json, bar: str = "", last: bool = True, top: bool = True) -> Iterator[str]:
    """The lines of a tree, as people read it."""
    stem = "" if top else bar + ("└─ " if last else "├─ ")
    if grown.get("above"):
        yield f"{stem}{spelt(grown['path'])}  (above)"
        return
    rows = "" if grown["rows"] is None else f", {grown['rows']} rows"
    files = "" if grown["files"] == 1 else f", {grown['files']} files"
    facts = f"{grown['rule']}, {grown['sha256'][:12]}{rows}{files}, {grown['seconds']:.1f} s, {grown['made_at'][:19]}"
    yield f"{stem}{spelt(grown['path'])}  [{facts}]"
    bar = "" if top else bar + ("   " if last else "│  ")
    if grown["resources"]:
        stem = "├─ " if grown["inputs"] else "└─ "
        yield f"{bar}{stem}{', '.join(_by_folder(grown['resources']))}  [tracked by git]"
    for number, item in enumerate(grown["inputs"], start=1):
        yield from drawn(item, bar, number == len(grown["inputs"]), top=False)


def _by_folder(resources: list[Json]) -> Iterator[str]:
    """Tracked files in few words: one by its name, several of a folder by their number."""
    for folder, group in itertools.groupby(resources, key=lambda item: item["path"].rpartition("/")[0]):
        paths = [item["path"] for item in group]
        yield spelt(paths[0]) if len(paths) == 1 else f"{spelt(folder)}/ ({len(paths)} files)"
