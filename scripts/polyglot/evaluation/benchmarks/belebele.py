"""Belebele: four-choice questions about a passage of FLORES, the same in every language, answered by letter.

Rows are in the form of facebook/belebele: data/{language and script}.jsonl; answers count from 1.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.core.holdings import parts
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import (
    ItemOrFault,
    choice,
    only_folder,
    question_sentences,
    rows_in,
    select_items,
    text,
    whole_number,
)

ADAPTER = Adapter(
    "Belebele",
    folders=("questions", "languages"),
    languages=tuple(parts("belebele")),
    chance=0.25,
    plain_words=True,
    formulation="letters",
    items=900,
)

OPTIONS = [f"mc_answer{number}" for number in range(1, 5)]
ASKED = ["flores_passage", "question", *OPTIONS, "correct_answer_num"]
COLUMNS = ["link", "question_number", *ASKED]


def prepare(wanted: Wanted) -> Prepared:
    """The questions of the language's only split."""
    sentences = question_sentences(wanted)
    passage = f"{{passage}}\n\n{sentences['question']}"
    items: list[Json] = []
    reasons: list[str] = []
    files = [f"data/{parts('belebele')[wanted.language]}.jsonl"]
    for row in rows_in(only_folder(wanted), wanted.language, files, COLUMNS):
        item, problem = about_passage(row, sentences["instruction"], passage)
        if item is None:
            reasons.append(problem)
            continue
        place = {"item_id": f"{row['link']}#{row['question_number']}", "category": "reading", "subset": "belebele"}
        items.append(place | item)
    return select_items({"reading": items}, wanted, reasons)


def about_passage(row: Json, instruction: str, template: str) -> ItemOrFault:
    """A row as a question in the words of `template`, which has {passage} and {question}."""
    fill = {"passage": text(row["flores_passage"]), "question": text(row["question"])}
    options = [text(row[option]) for option in OPTIONS]
    number = whole_number(row["correct_answer_num"])
    content = [fill["passage"], " ".join([fill["question"], *options])]
    return choice(instruction, template, fill, options, number - 1 if number else None, content)
