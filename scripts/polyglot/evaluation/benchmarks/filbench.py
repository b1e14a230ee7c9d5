"""FilBench's tasks in Tagalog whose data can be read as published, in its four categories.

Choices are asked by letter; translations are generated and compared by ROUGE-L. resources/filbench/tasks.csv lists the
tasks and their numbers of examples, by which FilBench weighs them within a category; the score is the mean of the
categories. docs/benchmarks.md names the tasks of FilBench that are left out, with the reasons.
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandera.pandas as pa

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.sentences import read_sentences
from polyglot.core.sheets import read_sheet
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import four_choices, letter, rows_in, select_items, text

ADAPTER = Adapter("FilBench", folders=("filbench",), languages=("tl",))

TASKS = pa.DataFrameSchema(
    {
        "task": pa.Column(str, unique=True),
        "category": pa.Column(str),
        "weight": pa.Column(int, pa.Check.ge(1)),
        "dataset": pa.Column(str),
        "files": pa.Column(str),
    },
    strict=True,
)
SENTENCES = ["instruction", "questions", "sentiments", "topics", "entities"]
# the columns of files without a header
HEADERS = {"tatoeba": ["sourceLang", "targetLang", "sourceString", "targetString"]}

ItemOrFault = tuple[Json | None, str]  # an item, or None and the fault of its row


def prepare(wanted: Wanted) -> Prepared:
    """The items of all tasks; the tasks in turn where not all items are wanted."""
    sentences = read_sentences(wanted.resources / "filbench" / f"{wanted.language}.yaml", SENTENCES)
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    for task in read_sheet(wanted.resources / "filbench" / "tasks.csv", TASKS).to_dict("records"):
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


def separated(folder: Path, files: str, columns: list[str], header: list[str] | None) -> Iterator[Json]:
    """The rows of CSV files, or of TSV files without quoting, in order. Raises InputError naming file and column."""
    paths = sorted(folder.glob(files))
    if not paths:
        raise InputError(f"{folder}: no file matches {files}; fetch the data set again, or correct the task's files")
    for path in paths:
        form: dict[str, Any] = {} if path.suffix == ".csv" else {"delimiter": "\t", "quoting": csv.QUOTE_NONE}
        try:
            with open(path, encoding="utf-8-sig", newline="") as lines:
                reader = csv.DictReader(lines, fieldnames=header, **form)
                missing = [column for column in columns if column not in (reader.fieldnames or [])]
                if missing:
                    raise InputError(f"{path}: column {missing[0]!r} is missing; it has {reader.fieldnames}")
                yield from ({column: row[column] for column in columns} for row in reader)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(
                f"{path}: not readable ({error}); delete the folder and fetch the data set again"
            ) from error


def choice(
    sentences: Json, kind: str, fill: Json, options: list[str], answer: int | None, content: list[str]
) -> ItemOrFault:
    """An item whose answer is one of `options`."""
    if not all(fill.values()) or not all(options):
        return None, "empty_text"
    if answer is None or not 0 <= answer < len(options):
        return None, "no_such_answer"
    question = f"{sentences['instruction']}\n\n{sentences['questions'][kind].format(**fill)}"
    return {"question": question, "content": content, "options": options, "answer": answer}, ""


def whole_number(value: object) -> int | None:
    """A whole number or its text as an integer; None for anything else."""
    return int(str(value)) if str(value).strip().isdecimal() else None


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
    return choice(sentences, "sentiment", {"text": review}, sentences["sentiments"], label, [review])


def sib200(row: Json, sentences: Json) -> ItemOrFault:
    """The topic of a sentence."""
    sentence, topics = text(row["text"]), list(sentences["topics"])
    answer = topics.index(text(row["category"])) if text(row["category"]) in topics else None
    return choice(sentences, "topic", {"text": sentence}, list(sentences["topics"].values()), answer, [sentence])


def entity(row: Json, sentences: Json) -> ItemOrFault:
    """The kind of a named entity in a sentence."""
    sentence = text(row["text"])
    fill = {"entity": text(row["entity"]), "text": sentence}
    return choice(sentences, "entity", fill, sentences["entities"], letter(row["answer"]), [sentence])


def belebele(row: Json, sentences: Json) -> ItemOrFault:
    """A question about a passage; answers count from 1."""
    fill = {"passage": text(row["flores_passage"]), "question": text(row["question"])}
    options = [text(row[f"mc_answer{number}"]) for number in range(1, 5)]
    number = whole_number(row["correct_answer_num"])
    answer = number - 1 if number else None
    content = [fill["passage"], " ".join([fill["question"], *options])]
    return choice(sentences, "passage", fill, options, answer, content)


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
    "belebele": (
        ["flores_passage", "question", *(f"mc_answer{number}" for number in range(1, 5)), "correct_answer_num"],
        belebele,
    ),
    "tatoeba": (["sourceString", "targetString"], translation),
    "tico19": (["sourceString", "targetString"], translation),
}
