"""MGSM: grade-school problems whose answer is a number; the train split's solved ones are the shots.

Rows as juletxara publishes them: one folder a language. Row n is the same problem in every language. The train split
begins its questions and solutions with words ("Question:", "Step-by-Step Answer:") that the test split lacks; they are
taken off, for the task file sets its own cue before every answer.
"""

import re
from decimal import Decimal, InvalidOperation

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.evaluation.answers import last_number, same_number
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import asker, kept, only_folder, rows_in, text

ADAPTER = Adapter("MGSM", folders=("questions",), chance=0.0)

COLUMNS = ["question", "answer", "answer_number"]


def prepare(wanted: Wanted) -> Prepared:
    """All test problems (or some), and the first `wanted.shots` solved ones. Raises InputError where these are few."""
    sentences = asker(wanted)
    if "solved" not in sentences:
        raise InputError(
            f"{wanted.resources}/questions/{wanted.language}.yaml: 'solved' is missing; en.yaml beside it shows it"
        )
    folder = only_folder(wanted)
    reasons: list[str] = []
    shots: list[Json] = []
    for number, row in enumerate(rows_in(folder, wanted.language, [f"{wanted.language}/train*"], COLUMNS)):
        shot = {
            **problem(row, f"train-{number}"),
            "question": without(text(row["question"]), sentences["solved"]["question"]),
            "solution": without(text(row["answer"]), sentences["solved"]["solution"]),
        }
        if not shot["question"] or not shot["answer"] or not same_number(last_number(shot["solution"]), shot["answer"]):
            reasons.append("unusable_shot")
        elif len(shots) < wanted.shots:
            shots.append(shot)
        else:
            reasons.append("not_needed")
    if len(shots) < wanted.shots:
        raise InputError(
            f"{folder}/{wanted.language}: {len(shots)} usable solved examples, {wanted.shots} wanted; lower the"
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
    made = kept({"math": items}, wanted, reasons)
    return Prepared(made.items, shots, made.reasons)


def problem(row: Json, item_id: str) -> Json:
    """A row as an item; its answer is empty where it is no number."""
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
    """A number, or one written with commas ("1,234"), as plain text; empty for anything else."""
    try:
        value = Decimal(str(number).replace(",", ""))
        return f"{value.normalize():f}" if value.is_finite() else ""
    except InvalidOperation:
        return ""


def without(said: str, beginning: str) -> str:
    """`said` without the words that it begins with; their colon may be of either width."""
    words = re.escape(beginning.rstrip(":： "))
    return re.sub(rf"^{words}\s*[:：]\s*", "", said)
