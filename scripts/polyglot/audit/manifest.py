"""Put the records of a study's jobs together into its manifest: a line a file, sorted by path.

Reads results/{study}/audit/records; a record hashed the outputs and the log of its job. Hashes the files that Snakemake
itself writes after a job (timings, marks in folders, its report), which the audit checks from then on. Adds an entry to
the log of manifests, audit/runs, which the manifest lists. Refuses changed records and a changed log.
"""

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from polyglot.audit import manifest_chain
from polyglot.audit.records import FILE, RECORD, Trouble, folders, has, manifest_path, read_records, walk
from polyglot.core import provenance
from polyglot.core.command_line import overlays_of, snakemake_command
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, write_jsonl

# the contract's fields, then what an auditor asks next
JOB = ("rule", "wildcards", "inputs", "code", "params", "seed", "versions", "made_at")
MORE = ("output", "program", "environment", "git", "machine", "seconds", "record")
LINE = {name: kind for name, kind in (RECORD | FILE).items() if name in JOB + MORE + ("path", "sha256", "bytes")}
LINE |= {"kind": str, "record": str}
AFTER = ("audit", "cards", "crate")  # folders of a study that are made from its manifest
REPORT = "report.html"  # of a study, which Snakemake writes outside any job


def line_of(record: Json, file: Json, kind: str) -> Json:
    """The manifest's line of one file that a job wrote."""
    own = {"path": file["path"], "sha256": file["sha256"], "bytes": file["bytes"], "kind": kind}
    return own | {name: record[name] for name in (*JOB, *MORE)}


def lines_of(record: Json) -> Iterator[Json]:
    """The lines of all that a record has hashed."""
    for file in record["files"]:
        yield line_of(record, file, "output")
    for file in record["logs"]:
        yield line_of(record, file, "log")


def own_line(root: Path, path: str, kind: str, study: str, latest: Json) -> Json:
    """The line of a file that no job has recorded; `latest` is the last job's, whose machine and versions it takes."""
    file = {"path": path, "sha256": provenance.sha256_of(root / path), "bytes": (root / path).stat().st_size}
    job = {"rule": "manifest", "wildcards": {"study": study}, "output": manifest_path(study), "record": ""}
    return line_of(latest | job | {"inputs": {}, "code": {}, "params": {}, "seed": None, "seconds": 0.0}, file, kind)


def is_after(output: str, study: str) -> bool:
    """Whether an output is made from the manifest."""
    return output.startswith(tuple(f"results/{study}/{folder}/" for folder in AFTER))


def timing_of(log: str) -> str:
    """Where Snakemake writes the timing of the job that writes a log."""
    return log.replace("/logs/", "/timings/", 1).removesuffix(".log") + ".tsv"


def written_by_snakemake(record: Json) -> Iterator[str]:
    """Where Snakemake may write of a job when it is over: its timing, and the mark in each folder that it made."""
    for log in record["logs"]:
        yield timing_of(log["path"])
    for output in record["outputs"]:
        for name in provenance.NOT_OURS:
            yield f"{output}/{name}"


def assemble(root: Path, study: str, records: Iterable[Json]) -> dict[str, Json]:
    """Path → line of all that jobs made, with the report. Files without a record have none; the audit finds them.

    The manifest and everything derived from it are checked against their records only.
    """
    lines, late = {}, {}
    for record in records:
        if is_after(record["output"], study):
            continue
        for line in lines_of(record):
            lines.setdefault(line["path"], line)
        for path in written_by_snakemake(record):
            late.setdefault(path, record)
    for folder in folders(study):
        for path, link in walk(root, folder):
            if path in late and path not in lines and not link:
                file = {"path": path, "sha256": provenance.sha256_of(root / path)}
                file["bytes"] = (root / path).stat().st_size
                lines[path] = line_of(late[path], file, "timing" if path.endswith(".tsv") else "mark")
    report = f"results/{study}/{REPORT}"
    if lines and (root / report).is_file() and not (root / report).is_symlink():
        lines[report] = own_line(root, report, "report", study, latest_of(lines.values()))
    return lines


def latest_of(lines: Iterable[Json]) -> Json:
    """The line of the job that ended last."""
    return max(lines, key=lambda line: (line["made_at"], line["path"]))


def manifest_lines(study: str) -> list[Json]:
    """The lines of the manifest in the current folder. Raises InputError for a line that was changed, and for none."""
    lines, troubles = read_manifest(Path(), study)
    if troubles:
        first = troubles[0]
        raise InputError(f"{first.path}: {first.seen}, expected {first.expected}; make the manifest again")
    if not lines:
        raise InputError(f"{manifest_path(study)}: holds no lines; run the study first")
    return list(lines.values())


def read_manifest(root: Path, study: str) -> tuple[dict[str, Json], list[Trouble]]:
    """The manifest's lines by path, and the faults of others."""
    path = manifest_path(study)
    try:
        content = (root / path).read_bytes()
    except OSError as error:
        made = f"the manifest; make it with `{snakemake_command(overlays_of(study, Path()), path, cores=1)}`"
        return {}, [Trouble(path, "missing", made, error.strerror or str(error))]
    lines, troubles = {}, []
    for number, text in enumerate(content.splitlines(), start=1):
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not has(line, LINE):
            troubles.append(Trouble(path, "broken_line", f"line {number}: a line of the manifest", _excerpt(text)))
        elif line["path"] in lines:
            troubles.append(Trouble(path, "broken_line", f"line {number}: a file once", f"{line['path']} again"))
        else:
            lines[line["path"]] = line
    return lines, troubles


def _excerpt(text: bytes) -> str:
    return repr(text[:60].decode("utf-8", "replace")) + (" …" if len(text) > 60 else "")


def main() -> None:
    """Parse the command line, read the records, write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", required=True)
    parser.add_argument("--out", type=Path, required=True, help="manifest.jsonl")
    arguments = parser.parse_args()
    records, troubles = read_records(Path(), arguments.study)
    if troubles:
        first = troubles[0]
        raise InputError(
            f"{first.path}: {first.seen}, {first.expected} was expected ({len(troubles)} such in all); "
            "make its output again: delete both and run the same command"
        )
    if not records:
        raise InputError(f"results/{arguments.study}/audit/records: holds no record; make the study's outputs again")
    if broken := manifest_chain.read_chain(Path(), arguments.study).troubles:
        log = manifest_chain.folder_of(arguments.study)
        raise InputError(
            f"{broken[0].path}: {broken[0].seen}, {broken[0].expected} was expected; bring it back, or remove {log} "
            "to begin a new log, which vouches for nothing before it"
        )
    lines = assemble(Path(), arguments.study, records)
    if not lines:
        raise InputError(f"results/{arguments.study}/audit/records: holds no record of the study; make its outputs")
    latest = latest_of(lines.values())
    for path in manifest_chain.append(Path(), arguments.study, list(lines.values())):
        lines[path] = own_line(Path(), path, manifest_chain.KIND, arguments.study, latest)
    write_jsonl(arguments.out, [lines[path] for path in sorted(lines)])
    print(f"{len(lines)} files of {len(records)} outputs")


if __name__ == "__main__":
    run(main)
