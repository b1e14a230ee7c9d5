"""KMMLU: four-choice questions of Korean exams in 45 subjects, asked and answered by letter.

Rows are in the form of HAERAE-HUB/KMMLU: data/{subject}-test.csv with question, A to D, answer (from 1) and Category,
the subject.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.core.identity import content_id
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import (
    LETTERS,
    four_choices,
    only_folder,
    question_sentences,
    select_items,
    separated,
    text,
    whole_number,
)

ADAPTER = Adapter("KMMLU", folders=("questions",), languages=("ko",), chance=0.25, formulation="letters")


def prepare(wanted: Wanted) -> Prepared:
    """The questions of the test split; the subjects in turn if fewer items are wanted."""
    sentences = question_sentences(wanted)
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    for row in separated(only_folder(wanted), "data/*-test.csv", ["question", *LETTERS, "answer", "Category"]):
        options = {f"option_{letter.lower()}": row[letter] for letter in LETTERS}
        number = whole_number(row["answer"])
        asked = {"question": row["question"], **options}
        item, problem = four_choices(asked, number - 1 if number else None, sentences)
        if item is None:
            reasons.append(problem)
            continue
        subject = text(row["Category"]) or "other"
        place = {"item_id": content_id(*item["content"]), "category": subject, "subset": "kmmlu"}
        groups.setdefault(subject, []).append(place | item)
    return select_items(groups, wanted, reasons)
