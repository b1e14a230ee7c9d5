"""Read and check the records of jobs (core.record), and list a study's files.

Paths are texts relative to the project, as records have them; `root` is where the project lies now.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from polyglot.core import provenance
from polyglot.core.files import Json

# what killed jobs leave: temporary files and folders (polyglot.files.whole), what long jobs and fetches go on from
LEFTOVER = re.compile(r"(^|/)(\.[^/]+\.\d+(\.\w+)?(/|$)|\.[^/]+\.fetching/|checkpoints/|[^/]+\.chunks/)")
# the answers of a paid API (synthesis.paid_answers): no job's output, and kept whatever jobs do
PAID = re.compile(
    r"^results/[^/]+/(synthetic/[^/]+/[^/]+/[^/]+/trial\d+|row_scores/judge-[^/]+/([^/]+/){0,2}[^/]+)\.paid\.jsonl$"
)
# what a record must say, and as what
RECORD = {"output": str, "rule": str, "files": list, "inputs": dict, "code": dict, "outputs": list, "logs": list}
RECORD |= {"made_at": str, "environment": str, "params": dict, "wildcards": dict, "versions": dict, "machine": dict}
RECORD |= {"git": dict, "seconds": float, "command": list, "program": str}
FILE = {"path": str, "sha256": str, "bytes": int}


def has(value: object, types: dict[str, type]) -> bool:
    """Whether a value is an object with these keys and types."""
    return isinstance(value, dict) and all(isinstance(value.get(name), kind) for name, kind in types.items())


@dataclass(frozen=True)
class Trouble:
    """A fault in a file of the audit itself: the expected and the observed state, in words."""

    path: str
    kind: str
    expected: str
    seen: str


def folders(study: str) -> list[str]:
    """The folders that hold a study's files."""
    return [f"{folder}/{study}" for folder in provenance.STUDY_FOLDERS]


def records_folder(study: str) -> str:
    return f"results/{study}/audit/records"


def environments_folder(study: str) -> str:
    return f"results/{study}/audit/environments"


def manifest_path(study: str) -> str:
    return f"results/{study}/audit/manifest.jsonl"


def walk(root: Path, folder: str) -> Iterator[tuple[str, bool]]:
    """Every file below a folder, sorted, and whether it is a symbolic link; links to folders are not followed."""
    try:
        entries = sorted((root / folder).iterdir(), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):  # never made, or removed while it was listed
        return
    for entry in entries:
        path, link = f"{folder}/{entry.name}", entry.is_symlink()
        if entry.is_dir() and not link:
            yield from walk(root, path)
        else:
            yield path, link


def read_record(root: Path, path: str) -> Json | Trouble:
    """A record, or the reason why it is invalid."""
    try:
        return parse_record(path, (root / path).read_bytes())
    except OSError as error:
        return Trouble(path, "unreadable", "a record", error.strerror or str(error))


def parse_record(path: str, content: bytes) -> Json | Trouble:
    """The record at `path`, with the hash of its own text as `record`; or the reason why it is invalid."""
    try:
        record = json.loads(content)
    except ValueError:  # of JSON or of UTF-8
        return Trouble(path, "broken_record", "a record in JSON", "not JSON; the file was changed or cut")
    if not isinstance(record, dict) or record.get("format") != provenance.FORMAT:
        return Trouble(path, "broken_record", f"a record of format {provenance.FORMAT}", "of another version")
    if not provenance.is_sealed(record, content):
        return Trouble(path, "changed", "a record as it was written", "its checksum is not that of what it says")
    if not has(record, RECORD) or not all(has(file, FILE) for file in (*record["files"], *record["logs"])):
        return Trouble(path, "broken_record", f"all that a record of format {provenance.FORMAT} says", "less")
    if str(provenance.record_of(Path(record["output"]))) != path:
        return Trouble(path, "changed", f"the record of {own_output(path)}", f"the record of {record['output']}")
    if strange := strangers(record, f"{path.split('/audit/records/', 1)[0]}/logs/"):
        return Trouble(path, "broken_record", f"files of {record['output']} and logs alone", strange[0])
    return {**record, "record": hashlib.sha256(content).hexdigest()}


def strangers(record: Json, logs: str) -> list[str]:
    """Files of a record that belong neither to its output nor to the logs: it speaks for its own alone."""
    places = [(file["path"], f"{record['output']}/") for file in record["files"]]
    places += [(file["path"], logs) for file in record["logs"]]
    return [path for path, folder in places if not f"{path}/".startswith(folder) or ".." in path.split("/")]


def own_output(path: str) -> str:
    """The output that a record's path names."""
    return path.split("/audit/records/", 1)[-1].removesuffix(".json")


def read_records(root: Path, study: str) -> tuple[list[Json], list[Trouble]]:
    """All valid records of a study, sorted by their output, and the faults of the others."""
    records, troubles = [], []
    for path, _ in walk(root, records_folder(study)):
        if not path.endswith(".json") or LEFTOVER.search(path):
            continue
        record = read_record(root, path)
        if isinstance(record, Trouble):
            troubles.append(record)
        else:
            records.append(record)
    return sorted(records, key=lambda record: record["output"]), troubles
