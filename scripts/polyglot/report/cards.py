"""Write a card for the Hugging Face hub: of the data that a teacher wrote, or of a student.

Reads the manifest, scores.csv, the counts files in the manifest, the licences and the templates in resources/cards/.
Writes one README.md with a YAML header: a data card for the folder data/{teacher}, or, with the six parts of a
student's name (--student-base and the others), a model card.
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from polyglot.analysis.score import SCORES
from polyglot.audit.manifest import manifest_lines
from polyglot.core.errors import InputError, run
from polyglot.core.files import whole
from polyglot.core.sheets import read_sheet
from polyglot.hub.licences import (
    Licence,
    Material,
    licence_of,
    material_from,
    read_licences,
    roles_of_base,
    roles_of_rows,
    strictest,
)
from polyglot.report import card_facts


def add_shared_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of whatever describes a teacher's data to others."""
    parser.add_argument("--study", required=True)
    parser.add_argument("--licences", type=Path, required=True)
    parser.add_argument("--licences-schema", type=Path, required=True)
    parser.add_argument("--materials", type=json.loads, required=True, help="JSON: models and data sets in their roles")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--out", type=Path, required=True, help="the file to write")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_shared_arguments(parser)
    parser.add_argument("--writers", nargs="+", required=True, help="who wrote the rows: of a mixture several teachers")
    parser.add_argument("--scores", type=Path, required=True, help="scores.csv of the study")
    parser.add_argument(
        "--benchmarks", type=json.loads, required=True, help="JSON: benchmark → ability, title, decides"
    )
    parser.add_argument("--evaluations", type=Path, nargs="*", help="a student's evaluations, one file a benchmark")
    parser.add_argument("--names", type=json.loads, required=True, help="JSON: language → its English name")
    parser.add_argument("--templates", type=Path, required=True, help="folder of data.md.jinja and student.md.jinja")
    for name in ("student-base", "language", "recipe", "size", "trial"):
        parser.add_argument(f"--{name}", help="part of a student's name")
    return parser.parse_args()


def materials_and_licences(
    args: argparse.Namespace, roles: set[str], languages: set[str]
) -> tuple[list[Material], list[Licence]]:
    """The materials in the given roles (data sets only in `languages`) and their licences, the strictest first."""
    licences = read_licences(args.licences, args.licences_schema)
    used = [material for material in map(material_from, args.materials) if material.role in roles]
    used = [material for material in used if material.languages is None or languages & set(material.languages)]
    return used, strictest(licence_of(material, licences, args.licences) for material in used)


def data_card(args: argparse.Namespace, lines: list, scores: pd.DataFrame) -> str:
    """The card of all data that a teacher wrote."""
    files = card_facts.data_files(lines, teacher=args.teacher)
    languages = {"en", *(file["language"] for file in files)}  # translation starts from English
    materials, licences = materials_and_licences(args, roles_of_rows(args.teacher), languages)
    name = f"{args.study}: data by {args.teacher}"
    own_scores = card_facts.scores_of(scores, teacher=args.teacher)
    body = card_facts.render(
        args.templates / "data.md.jinja",
        title=name,
        files=files,
        answers=card_facts.answers(lines, args.writers),
        sampling=card_facts.sampling(lines, args.writers),
        measured=card_facts.data_measures(own_scores),
        measures=card_facts.DATA_MEASURES,
        students=card_facts.students(own_scores),
        materials=materials,
        licences=licences,
        commits=card_facts.commits(lines),
        args=args,
    )
    return card_facts.data_header(name, files, materials, licences) + body


def student_card(args: argparse.Namespace, lines: list, scores: pd.DataFrame) -> str:
    """The card of one student."""
    key = {name: getattr(args, name) for name in card_facts.KEY}
    result = card_facts.scores_of(scores, **key)
    if len(result) != 1:
        raise InputError(f"{args.scores}: holds {len(result)} rows of {'/'.join(key.values())}; make it again")
    roles = roles_of_base(args.student_base) | roles_of_rows(args.teacher)
    materials, licences = materials_and_licences(args, roles, {"en", args.language})
    data = {name: key[name] for name in card_facts.KEY[1:]}
    parts = [args.student_base, args.teacher, args.language, f"{args.recipe}-{args.size}", f"trial{args.trial}"]
    name = card_facts.model_name(parts, licences)
    evaluations = card_facts.evaluations(args.evaluations, args.benchmarks)
    training_lines = card_facts.outputs_of(lines, "train", **key)
    body = card_facts.render(
        args.templates / "student.md.jinja",
        title=name,
        files=card_facts.data_files(lines, **data),
        weights=[line for line in training_lines if line["path"].endswith(".safetensors")],
        training=training_lines[0]["params"] if training_lines else {},
        measured=card_facts.data_measures(result)[0],
        measures=card_facts.DATA_MEASURES,
        student=card_facts.students(result)[0],
        evaluations=evaluations,
        answers=card_facts.answers(lines, args.writers, args.language),
        sampling=card_facts.sampling(lines, args.writers),
        materials=materials,
        licences=licences,
        commits=card_facts.commits(lines),
        args=args,
    )
    return card_facts.model_header(name, key, evaluations, materials, licences) + body


def main() -> None:
    args = arguments()
    card = student_card if args.student_base else data_card
    text = card(args, manifest_lines(args.study), read_sheet(args.scores, SCORES))
    with whole(args.out) as temporary:
        temporary.write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
