"""Write a study as a Workflow Run RO-Crate: ro-crate-metadata.json and, with --zip, an archive of its small files.

Reads the manifest, CITATION.cff, the table of licences and the project's own files. Writes the metadata, with the path
below the project, size and SHA-256 of every file, and, with --zip, an archive of the metadata, the project's files and
every file of at most --limit bytes. The archive records larger and removed files by their checksum only.
"""

import argparse
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import yaml

from polyglot.audit.manifest import manifest_lines
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, whole, write_json
from polyglot.core.provenance import sha256_of
from polyglot.hub.licences import licence_of, material_from, read_licences
from polyglot.report.crate_entities import Plan, build, metadata

NAME = "ro-crate-metadata.json"
EPOCH = (1980, 1, 1, 0, 0, 0)  # time of every entry: the same study gives the same archive


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--study", required=True)
    parser.add_argument("--project", type=Path, nargs="+", required=True, help="workflow, config, environment, licence")
    parser.add_argument("--config", nargs="+", required=True, help="files of the project that configure the run")
    parser.add_argument("--environment", nargs="+", required=True, help="files of the project that pin packages")
    parser.add_argument("--citation", type=Path, required=True, help="CITATION.cff")
    parser.add_argument("--licences", type=Path, required=True)
    parser.add_argument("--licences-schema", type=Path, required=True)
    parser.add_argument("--materials", type=json.loads, required=True, help="JSON: models and data sets in their roles")
    parser.add_argument("--out", type=Path, required=True, help=f"{NAME} to write")
    parser.add_argument("--zip", type=Path, help="archive to write as well")
    parser.add_argument("--limit", type=int, default=1_000_000, help="size in bytes of the largest file to copy")
    return parser.parse_args()


def refuse_outside(paths: Iterable[str]) -> None:
    """Raise InputError naming a path that would be a name outside the crate's root."""
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise InputError(
                f"{path}: lies outside the project, and a crate holds no such name; copy it into the project"
            )


def write_zip(path: Path, content: Json, files: list[str]) -> None:
    """Write the archive: the metadata first, then `files` in order, all with the same time."""
    with whole(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        archive.writestr(zipfile.ZipInfo(NAME, EPOCH), text, zipfile.ZIP_DEFLATED)
        for file in files:
            archive.writestr(zipfile.ZipInfo(file, EPOCH), Path(file).read_bytes(), zipfile.ZIP_DEFLATED)


def main() -> None:
    args = arguments()
    lines = manifest_lines(args.study)
    licences = read_licences(args.licences, args.licences_schema)
    materials = [material_from(material) for material in args.materials]
    for material in materials:
        licence_of(material, licences, args.licences)
    code = {Path(path) for line in lines for path in line["code"]}
    inputs = {Path(path) for line in lines for path in line["inputs"]} - {Path(line["path"]) for line in lines}
    refuse_outside([*map(str, {*args.project, *code, *inputs}), *(line["path"] for line in lines)])
    project = {
        str(path): {"sha256": sha256_of(path), "bytes": path.stat().st_size}
        for path in sorted({*args.project, *code, *inputs})
    }
    citation = yaml.safe_load(args.citation.read_text(encoding="utf-8"))
    content = (args.study, lines, project, args.config, args.environment, citation, materials, licences)
    present = {path for path in (*project, *(line["path"] for line in lines)) if Path(path).is_file()}
    write_json(args.out, metadata(build(Plan(*content, present.__contains__))))
    if args.zip:
        large = {line["path"] for line in lines if line["bytes"] > args.limit} - set(project)
        write_zip(args.zip, metadata(build(Plan(*content, (present - large).__contains__))), sorted(present - large))


if __name__ == "__main__":
    run(main)
