"""Describe the data that a teacher wrote in Croissant, the JSON-LD of data sets (https://docs.mlcommons.org/croissant/).

Reads the manifest and the licences; writes croissant.json for the folder data/{teacher}, beside its card: each file
with its SHA-256, the columns of its rows, the licences that bind them. It has no date: the same study, the same bytes.
"""

import argparse
from pathlib import Path

from polyglot.audit.manifest import manifest_lines
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, write_json
from polyglot.hub.licences import Licence, roles_of_rows
from polyglot.report.card_facts import data_files
from polyglot.report.cards import add_shared_arguments, materials_and_licences
from polyglot.synthesis.mix import COLUMNS

PROJECT = "https://arxiv.org/abs/2604.11290"  # what the data reproduce; the data have no address before they are shared
CITE = "arXiv:2604.11290"
NUMBERS = {"size": "rows wanted", "trial": "number of the repetition"}
MEANING = {
    "row_id": "hash of the content",
    "request_id": "what the teacher was asked; the same for all teachers",
    "teacher": "who wrote the row",
    "language": "code of the language",
    "recipe": "how the methods are mixed",
    "method": "generate, translate or respond",
    "seed_ids": "the prompts of people behind the row",
    "prompt": "what is asked",
    "response": "the answer",
}


def described(name: str, files: list[Json], folder: str, licences: list[Licence], context: Json) -> Json:
    """The metadata of the data files, as `card_facts.data_files` gives them; `folder` is what they lie below."""
    distribution = [
        {
            "@type": "cr:FileObject",
            "@id": place,
            "name": place,
            "description": f"{file['rows']} rows",
            "contentUrl": place,
            "contentSize": f"{file['bytes']} B",
            "encodingFormat": "application/x-parquet",
            "sha256": file["sha256"],
        }
        for file in files
        for place in [Path(file["path"]).relative_to(folder).as_posix()]
    ]
    return {
        "@context": context,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
        "description": "Prompts and responses that a language model wrote for instruction tuning; README.md says how.",
        "url": PROJECT,
        "citeAs": CITE,
        "license": [licence.url for licence in licences],
        "inLanguage": sorted({file["language"] for file in files}),
        "distribution": distribution,
        "recordSet": [record_set(entry["@id"]) for entry in distribution],
    }


def record_set(place: str) -> Json:
    """The rows of a file, by column."""
    name = f"rows/{place}"
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": [field(name, place, key) for key in COLUMNS]}


def field(name: str, place: str, column: str) -> Json:
    """A column of a file."""
    listed = {"repeated": True} if column == "seed_ids" else {}
    return {
        "@type": "cr:Field",
        "@id": f"{name}/{column}",
        "name": column,
        "description": NUMBERS.get(column) or MEANING[column],
        "dataType": "sc:Integer" if column in NUMBERS else "sc:Text",
        "source": {"fileObject": {"@id": place}, "extract": {"column": column}},
        **listed,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_shared_arguments(parser)
    parser.add_argument("--context", type=Path, required=True, help="the vocabulary of Croissant 1.0, JSON")
    args = parser.parse_args()
    files = data_files(manifest_lines(args.study), teacher=args.teacher)
    languages = {"en", *(file["language"] for file in files)}  # translation starts from English
    _, licences = materials_and_licences(args, roles_of_rows(args.teacher), languages)
    folder = f"results/{args.study}/data/{args.teacher}"
    name = f"{args.study}: data by {args.teacher}"
    write_json(args.out, described(name, files, folder, licences, read_json(args.context)))


if __name__ == "__main__":
    run(main)
