"""The log of a study's manifests, audit/runs/NNNN.json: one file a manifest, each with the hash of the one before.

A manifest lists the files of the log as it lists all others, so that its hash stands for its whole past. An entry says
which outputs were made again since the manifest before, by the hashes of their records, and the hash over all records
that its own manifest speaks of; so what a manifest leaves out, or has in another version, is missed.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from polyglot.audit.records import Trouble, manifest_path, read_record, records_folder
from polyglot.core.files import Json, write_json
from polyglot.core.provenance import sha256_of

KIND = "run"  # of the log's files in a manifest
ENTRY = re.compile(r"\d{4,}\.json")
FIRST = {"manifest": None, "run": None}


@dataclass
class Chain:
    """What the entries say that could be read: the last one, all manifests' hashes, and the state that they add up to.

    `state` is output → hash of its record, of the last manifest.
    """

    paths: list[str] = field(default_factory=list)
    last: Json = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)


def folder_of(study: str) -> str:
    return f"results/{study}/audit/runs"


def root_of(state: dict[str, str]) -> str:
    """The hash over the records of all outputs, whose own hashes stand for their files."""
    return hashlib.sha256("".join(f"{state[path]} {path}\n" for path in sorted(state)).encode()).hexdigest()


def state_of(lines: Iterable[Json]) -> dict[str, str]:
    """Output → hash of its record, by the lines of a manifest."""
    return {line["output"]: line["record"] for line in lines if line["kind"] == "output"}


def counts_of(lines: Iterable[Json]) -> Json:
    """How many files and outputs a manifest speaks of, and the outputs of each rule."""
    files = [line for line in lines if line["kind"] != KIND]
    rules = Counter(rule for _, rule in {(line["output"], line["rule"]) for line in files if line["kind"] == "output"})
    return {"files": len(files), "outputs": sum(rules.values()), "rules": dict(sorted(rules.items()))}


def read_chain(root: Path, study: str) -> Chain:
    """The log, entry by entry from the first; it ends at the first entry that does not follow the one before."""
    folder = root / folder_of(study)
    names = sorted((path.name for path in folder.iterdir() if ENTRY.fullmatch(path.name)) if folder.is_dir() else ())
    chain = Chain()
    before = FIRST["run"]
    for number, name in enumerate(names, start=1):
        path = f"{folder_of(study)}/{name}"
        entry, sha256 = _read(root / path)
        if name != f"{number:04}.json" or entry.get("number") != number or entry["replaces"]["run"] != before:
            expected = f"entry {number}, which follows {before or 'none'}"
            chain.troubles.append(Trouble(path, "broken_chain", expected, "another entry, or no entry at all"))
            break
        before = sha256
        chain.paths.append(path)
        chain.last = entry
        chain.replaced.extend(filter(None, [entry["replaces"]["manifest"]]))
        chain.state.update(entry["made"])
        for output in entry["gone"]:
            chain.state.pop(output, None)
    return chain


def _read(path: Path) -> tuple[Json, str]:
    """An entry and the hash of its file; empty where it is none."""
    try:
        content = path.read_bytes()
        entry = json.loads(content)
        texts = [*entry["made"].items(), *((output, "") for output in entry["gone"])]
        whole = all(isinstance(word, str) for pair in texts for word in pair)
        if whole and entry["replaces"].keys() == FIRST.keys():
            return entry, hashlib.sha256(content).hexdigest()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return {}, ""


def append(root: Path, study: str, lines: list[Json]) -> list[str]:
    """Write the next entry, for a manifest of `lines`; returns the paths of the whole log, which it is to list.

    The log must hold (`read_chain` without troubles).
    """
    chain, state = read_chain(root, study), state_of(lines)
    manifest = read_record(root, f"{records_folder(study)}/{manifest_path(study)}.json")
    replaced = None if isinstance(manifest, Trouble) else manifest["files"][0]["sha256"]
    entry = {
        "number": len(chain.paths) + 1,
        "replaces": {"manifest": replaced, "run": sha256_of(root / chain.paths[-1]) if chain.paths else None},
        "made": {path: record for path, record in state.items() if chain.state.get(path) != record},
        "gone": sorted(chain.state.keys() - state.keys()),
        "records": root_of(state),
        **counts_of(lines),
    }
    path = f"{folder_of(study)}/{entry['number']:04}.json"
    write_json(root / path, entry)
    return [*chain.paths, path]


def check(root: Path, study: str, lines: dict[str, Json]) -> list[Trouble]:
    """Faults of the log, and where a manifest is not the one that its last entry was written for."""
    chain, listed = read_chain(root, study), [path for path, line in lines.items() if line["kind"] == KIND]
    if chain.troubles or not chain.paths or chain.paths[-1] not in listed:
        seen = f"{len(listed)} entries in the manifest, {len(chain.paths)} that follow each other"
        own = Trouble(
            manifest_path(study), "broken_chain", f"a manifest that lists its own run in {folder_of(study)}", seen
        )
        return chain.troubles or [own]
    state, last = state_of(lines.values()), chain.last
    facts = {"records": root_of(state), **counts_of(lines.values())}
    wrong = [name for name, value in facts.items() if last.get(name) != value]
    troubles = [
        Trouble(manifest_path(study), "broken_chain", f"{name}: {_brief(last.get(name))}", _brief(facts[name]))
        for name in wrong
    ]
    if not wrong and chain.state != state:
        expected = "what the entries before and its own add up to"
        troubles.append(Trouble(chain.paths[-1], "broken_chain", expected, "other outputs or records"))
    return troubles


def _brief(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 80 else f"{text[:80]} …"
