"""SIB-200: the topic of a sentence of FLORES, one of seven, answered by letter.

Rows are in the form of Davlan/sib200: data/{language and script}/test.tsv with index_id, category, text.
"""

from collections.abc import Mapping

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.core.holdings import parts
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import (
    ItemOrFault,
    choice,
    only_folder,
    question_sentences,
    select_items,
    separated,
    text,
)

ADAPTER = Adapter(
    "SIB-200",
    folders=("questions", "languages"),
    languages=tuple(parts("sib200")),
    chance=1 / 7,
    plain_words=True,
    formulation="letters",
    items=204,
)

COLUMNS = ["index_id", "category", "text"]


def prepare(wanted: Wanted) -> Prepared:
    """The sentences of the language's test split; the topics in turn if fewer items are wanted."""
    sentences = question_sentences(wanted)
    template = f"{sentences['topic']}\n\n{{text}}"
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    for row in separated(only_folder(wanted), f"data/{parts('sib200')[wanted.language]}/test.tsv", COLUMNS):
        item, problem = about_topic(row, sentences["instruction"], template, sentences["topics"])
        if item is None:
            reasons.append(problem)
            continue
        place = {"item_id": text(row["index_id"]), "category": text(row["category"]), "subset": "sib200"}
        groups.setdefault(place["category"], []).append(place | item)
    return select_items(groups, wanted, reasons)


def about_topic(row: Json, instruction: str, template: str, topics: Mapping[str, str]) -> ItemOrFault:
    """A row as a question in the words of `template`, which has {text}; `topics` has each topic's name."""
    sentence, category = text(row["text"]), text(row["category"])
    answer = list(topics).index(category) if category in topics else None
    return choice(instruction, template, {"text": sentence}, list(topics.values()), answer, [sentence])
