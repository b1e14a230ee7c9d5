"""INCLUDE: four-choice questions of exams in the language's own countries, answered by letter.

Rows are in the form of CohereLabs/include-base-44: a folder for each language, by its English name; answers count
from 0.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.core.holdings import parts
from polyglot.core.identity import content_id
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import (
    four_choices,
    only_folder,
    question_sentences,
    rows_in,
    select_items,
    text,
    whole_number,
)

ADAPTER = Adapter(
    "INCLUDE",
    folders=("questions", "languages"),
    languages=tuple(parts("include")),
    chance=0.25,
    plain_words=True,
    formulation="letters",
)

COLUMNS = ["domain", "subject", "question", *(f"option_{letter}" for letter in "abcd"), "answer"]


def prepare(wanted: Wanted) -> Prepared:
    """The questions of the language's test split; the domains in turn if fewer items are wanted."""
    sentences = question_sentences(wanted)
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    files = [f"{parts('include')[wanted.language]}/test*"]
    for row in rows_in(only_folder(wanted), wanted.language, files, COLUMNS):
        item, problem = four_choices(row, whole_number(row["answer"]), sentences)
        if item is None:
            reasons.append(problem)
            continue
        category = text(row["domain"]) or "other"
        place = {"item_id": content_id(*item["content"]), "category": category, "subset": text(row["subject"])}
        groups.setdefault(category, []).append(place | item)
    return select_items(groups, wanted, reasons)
