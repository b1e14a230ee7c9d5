"""MGSM: grade-school problems with numeric answers; the solved problems of the train split are the shots.

Rows are in the form of juletxara: one folder per language. Row n is the same problem in every language. The train split
labels its questions and solutions ("Question:", "Step-by-Step Answer:"), the test split does not. The labels are
removed, because the task file sets its own cue before every answer.
"""

import re
from decimal import Decimal, InvalidOperation

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.holdings import parts
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import only_folder, question_sentences, rows_in, select_items, text
from polyglot.evaluation.last_number import last_number, same_number

ADAPTER = Adapter(
    "MGSM",
    folders=("questions", "languages"),
    languages=tuple(parts("mgsm")),
    chance=0.0,
    formulation="generate",
    shots=8,
    items=250,
)

COLUMNS = ["question", "answer", "answer_number"]


def prepare(wanted: Wanted) -> Prepared:
    """The test problems and the first `wanted.shots` solved ones. Raises InputError if too few are solved."""
    sentences = question_sentences(wanted)
    if "solved" not in sentences:
        raise InputError(
            f"{wanted.resources}/questions/{wanted.language}.yaml: 'solved' is missing; add it, as in en.yaml"
        )
    folder = only_folder(wanted)
    reasons: list[str] = []
    shots: list[Json] = []
    for number, row in enumerate(rows_in(folder, wanted.language, [f"{wanted.language}/train*"], COLUMNS)):
        shot = {
            **problem(row, f"train-{number}"),
            "question": strip_label(text(row["question"]), sentences["solved"]["question"]),
            "solution": strip_label(text(row["answer"]), sentences["solved"]["solution"]),
        }
        if not shot["question"] or not shot["answer"] or not same_number(last_number(shot["solution"]), shot["answer"]):
            reasons.append("unusable_shot")
        elif len(shots) < wanted.shots:
            shots.append(shot)
        else:
            reasons.append("not_needed")
    if len(shots) < wanted.shots:
        raise InputError(
            f"{folder}/{wanted.language}: {len(shots)} usable solved examples, but {wanted.shots} are needed; lower the"
            " benchmark's shots or fetch the data set again"
        )
    items: list[Json] = []
    for number, row in enumerate(rows_in(folder, wanted.language, [f"{wanted.language}/test*"], COLUMNS)):
        item = problem(row, f"test-{number}")
        if not item["question"]:
            reasons.append("empty_text")
        elif not item["answer"]:
            reasons.append("no_such_answer")
        else:
            items.append(item)
    selection = select_items({"math": items}, wanted, reasons)
    return Prepared(selection.items, shots, selection.reasons)


def problem(row: Json, item_id: str) -> Json:
    """A row as an item; its answer is empty if it is not a number."""
    question = text(row["question"])
    return {
        "item_id": item_id,
        "category": "math",
        "subset": "mgsm",
        "question": question,
        "content": [question],
        "answer": plain(row["answer_number"]),
    }


def plain(number: object) -> str:
    """A number, or its text with commas ("1,234"), as plain text; empty for anything else."""
    try:
        value = Decimal(str(number).replace(",", ""))
        return f"{value.normalize():f}" if value.is_finite() else ""
    except InvalidOperation:
        return ""


def strip_label(content: str, label: str) -> str:
    """`content` without `label` at its beginning, whose colon may be of either width."""
    words = re.escape(label.rstrip(":： "))
    return re.sub(rf"^{words}\s*[:：]\s*", "", content)
