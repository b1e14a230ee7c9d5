"""A study as a Workflow Run RO-Crate: ro-crate-metadata.json, and a zip that holds the study's small files too.

Reads the manifest, CITATION.cff, the table of licences and the project's own files; writes the metadata, in which every
file has its path below the project, its size and SHA-256, and, with --zip, an archive with the metadata, the project's
files and every file of at most --limit bytes. Larger ones, and such as were removed, are in it by checksum alone.
"""

import argparse
import json
import zipfile
from pathlib import Path

import yaml

from polyglot.audit.manifest import read_manifest
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, whole, write_json
from polyglot.core.provenance import sha256_of
from polyglot.hub.licences import licence_of, material_from, read_licences
from polyglot.report.crate_entities import Plan, build, metadata

NAME = "ro-crate-metadata.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every entry, so that the same study gives the same archive


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", required=True)
    parser.add_argument("--project", type=Path, nargs="+", required=True, help="workflow, config, environment, licence")
    parser.add_argument("--config", nargs="+", required=True, help="those of them that say what to run")
    parser.add_argument("--environment", nargs="+", required=True, help="those of them that pin packages")
    parser.add_argument("--citation", type=Path, required=True, help="CITATION.cff")
    parser.add_argument("--licences", type=Path, required=True)
    parser.add_argument("--licences-schema", type=Path, required=True)
    parser.add_argument("--materials", type=json.loads, required=True, help="JSON: models and data sets in their roles")
    parser.add_argument("--out", type=Path, required=True, help=f"{NAME} to write")
    parser.add_argument("--zip", type=Path, help="archive to write besides")
    parser.add_argument("--limit", type=int, default=1_000_000, help="bytes of the largest file that is copied")
    return parser.parse_args()


def read_lines(study: str) -> list[Json]:
    """The manifest's lines. Raises InputError where one cannot be believed, or there is none."""
    lines, troubles = read_manifest(Path(), study)
    if troubles:
        first = troubles[0]
        raise InputError(f"{first.path}: {first.seen}, expected {first.expected}; make the manifest again")
    if not lines:
        raise InputError(f"results/{study}/audit/manifest.jsonl: holds no line; make the study first")
    return list(lines.values())


def write_zip(path: Path, content: Json, files: list[str]) -> None:
    """The archive: the metadata first, then `files` in order, with one time for all."""
    with whole(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        archive.writestr(zipfile.ZipInfo(NAME, EPOCH), text, zipfile.ZIP_DEFLATED)
        for file in files:
            archive.writestr(zipfile.ZipInfo(file, EPOCH), Path(file).read_bytes(), zipfile.ZIP_DEFLATED)


def main() -> None:
    args = arguments()
    lines = read_lines(args.study)
    licences = read_licences(args.licences, args.licences_schema)
    materials = [material_from(material) for material in args.materials]
    for material in materials:
        licence_of(material, licences, args.licences)
    code = {Path(path) for line in lines for path in line["code"]}
    inputs = {Path(path) for line in lines for path in line["inputs"]} - {Path(line["path"]) for line in lines}
    project = {
        str(path): {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in sorted({*args.project, *code, *inputs})
    }
    citation = yaml.safe_load(args.citation.read_text(encoding="utf-8"))
    described = (args.study, lines, project, args.config, args.environment, citation, materials, licences)
    there = {path for path in (*project, *(line["path"] for line in lines)) if Path(path).is_file()}
    write_json(args.out, metadata(build(Plan(*described, there.__contains__))))
    if args.zip:
        large = {line["path"] for line in lines if line["bytes"] > args.limit} - set(project)
        write_zip(args.zip, metadata(build(Plan(*described, (there - large).__contains__))), sorted(there - large))


if __name__ == "__main__":
    run(main)
