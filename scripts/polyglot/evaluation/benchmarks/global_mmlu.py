"""Global-MMLU and Global-MMLU-Lite, which has the same form: four-choice questions, asked and answered by letter.

Rows are in the form of CohereLabs: one folder per language, with the splits test (used here) and dev. The lite set
holds fewer languages, under their ISO 639-1 codes.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.core.holdings import parts
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import (
    four_choices,
    letter,
    only_folder,
    question_sentences,
    rows_in,
    select_items,
    text,
)

ADAPTER = Adapter(
    "Global-MMLU",
    folders=("questions", "languages"),
    languages=tuple(parts("global-mmlu")),
    chance=0.25,
    plain_words=True,
    formulation="letters",
)

COLUMNS = ["sample_id", "subject", "subject_category", "question", *(f"option_{c}" for c in "abcd"), "answer"]


def prepare(wanted: Wanted) -> Prepared:
    """The questions of the language's test split; the categories in turn if fewer items are wanted."""
    sentences = question_sentences(wanted)
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    part = parts("global-mmlu").get(wanted.language, wanted.language)
    for row in rows_in(only_folder(wanted), wanted.language, [f"{part}/test*"], COLUMNS):
        item_id = text(row["sample_id"])
        item, problem = four_choices(row, letter(row["answer"]), sentences)
        if item is None or not item_id:
            reasons.append(problem or "empty_text")
            continue
        category = text(row["subject_category"]) or "other"
        place = {"item_id": item_id, "category": category, "subset": text(row["subject"])}
        groups.setdefault(category, []).append(place | item)
    return select_items(groups, wanted, reasons)
