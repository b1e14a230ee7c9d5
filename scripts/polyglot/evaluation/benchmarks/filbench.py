"""FilBench's tasks in Tagalog whose data can be read as published, in its four categories.

Choices are asked by letter; translations are generated and compared by ROUGE-L. resources/filbench/tasks.csv lists the
tasks and their numbers of examples, by which FilBench weighs them within a category; the score is the mean of the
categories. docs/benchmarks.md names the tasks of FilBench that are left out, with the reasons.
"""

from collections.abc import Callable, Iterator

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.benchmarks import belebele as belebele_questions
from polyglot.evaluation.benchmarks import sib200 as sib200_questions
from polyglot.evaluation.fetched_benchmark import (
    ItemOrFault,
    choice,
    four_choices,
    letter,
    rows_in,
    select_items,
    separated,
    text,
    weighted_sheet,
    whole_number,
)

ADAPTER = Adapter("FilBench", folders=("filbench",), languages=("tl",), formulation="mixed")
SENTENCES = ["instruction", "questions", "sentiments", "topics", "entities"]
# the columns of files without a header
HEADERS = {"tatoeba": ["sourceLang", "targetLang", "sourceString", "targetString"]}


def prepare(wanted: Wanted) -> Prepared:
    """The items of all tasks; the tasks in turn where not all items are wanted."""
    sentences = read_sentences(wanted.resources / "filbench" / f"{wanted.language}.yaml", SENTENCES)
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    for task in weighted_sheet(wanted.resources / "filbench" / "tasks.csv", "task", "dataset", "files"):
        columns, make = MAKERS[task["task"]]
        for number, row in enumerate(rows_of(wanted, task, columns)):
            item, problem = make(row, sentences)
            if item is None:
                reasons.append(problem)
                continue
            place = {"category": task["category"], "subset": task["task"], "subset_weight": task["weight"]}
            groups.setdefault(task["task"], []).append(item | place | {"item_id": f"{task['task']}/{number}"})
    return select_items(groups, wanted, reasons)


def rows_of(wanted: Wanted, task: Json, columns: list[str]) -> Iterator[Json]:
    """The rows of a task's data set. Raises InputError if it was not given or lacks a file or a column."""
    if task["dataset"] not in wanted.datasets:
        given = ", ".join(sorted(wanted.datasets)) or "none"
        raise InputError(f"--dataset: {task['dataset']} is missing ({given} given); name it in the benchmark's dataset")
    folder = wanted.datasets[task["dataset"]]
    if task["files"].endswith((".tsv", ".csv")):
        return separated(folder, task["files"], columns, HEADERS.get(task["task"]))
    return rows_in(folder, wanted.language, [task["files"]], columns)


def global_mmlu(row: Json, sentences: Json) -> ItemOrFault:
    """The answer is a letter."""
    return knowledge(row, letter(row["answer"]), sentences)


def include(row: Json, sentences: Json) -> ItemOrFault:
    """The answer is a number from 0."""
    return knowledge(row, whole_number(row["answer"]), sentences)


def knowledge(row: Json, answer: int | None, sentences: Json) -> ItemOrFault:
    """A question with four options."""
    knowledge_sentences = {"instruction": sentences["instruction"], "question": sentences["questions"]["knowledge"]}
    return four_choices(row, answer, knowledge_sentences)


def firecs(row: Json, sentences: Json) -> ItemOrFault:
    """The sentiment of a review."""
    review = text(row["review"])
    label = whole_number(row["label"])
    asked = sentences["questions"]["sentiment"]
    return choice(sentences["instruction"], asked, {"text": review}, sentences["sentiments"], label, [review])


def sib200(row: Json, sentences: Json) -> ItemOrFault:
    """The topic of a sentence."""
    asked = sentences["questions"]["topic"]
    return sib200_questions.about_topic(row, sentences["instruction"], asked, sentences["topics"])


def entity(row: Json, sentences: Json) -> ItemOrFault:
    """The kind of a named entity in a sentence."""
    sentence = text(row["text"])
    fill = {"entity": text(row["entity"]), "text": sentence}
    asked, answer = sentences["questions"]["entity"], letter(row["answer"])
    return choice(sentences["instruction"], asked, fill, sentences["entities"], answer, [sentence])


def belebele(row: Json, sentences: Json) -> ItemOrFault:
    """A question about a passage."""
    return belebele_questions.about_passage(row, sentences["instruction"], sentences["questions"]["passage"])


def translation(row: Json, sentences: Json) -> ItemOrFault:
    """An English sentence to translate into Tagalog."""
    source, target = text(row["sourceString"]), text(row["targetString"])
    if not source or not target:
        return None, "empty_text"
    question = sentences["questions"]["translation"].format(text=source)
    return {"question": question, "content": [source, target], "answer": target}, ""


CHOICES = ["question", "option_a", "option_b", "option_c", "option_d", "answer"]
MAKERS: dict[str, tuple[list[str], Callable[[Json, Json], ItemOrFault]]] = {
    "global-mmlu": (CHOICES, global_mmlu),
    "include": (CHOICES, include),
    "firecs": (["review", "label"], firecs),
    "sib200": (["text", "category"], sib200),
    "tlunified-ner": (["entity", "text", "answer"], entity),
    "universal-ner": (["entity", "text", "answer"], entity),
    "belebele": (belebele_questions.ASKED, belebele),
    "tatoeba": (["sourceString", "targetString"], translation),
    "tico19": (["sourceString", "targetString"], translation),
}
