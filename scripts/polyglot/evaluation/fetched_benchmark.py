"""Functions shared by the adapters of fetched data sets: reading rows, phrasing questions, selecting items."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import normalise, shuffled
from polyglot.core.ordering import in_turn
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.hub.dataset_rows import read_rows

LETTERS = "ABCD"
PLAIN = "en"  # whose words stand where resources/questions/ has none in the language

ItemOrFault = tuple[Json | None, str]  # an item, or None and the fault of its row


def weighted_sheet(sheet: Path, key: str, *more: str) -> list[Json]:
    """The lines of a sheet that gives each part of a benchmark its category and weight; `key` names the part."""
    import pandera.pandas as pa  # imported here: slow, and every plan loads all adapters

    from polyglot.core.sheets import read_sheet

    columns = {key: pa.Column(str, unique=True), "category": pa.Column(str), "weight": pa.Column(int, pa.Check.ge(1))}
    schema = pa.DataFrameSchema(columns | {name: pa.Column(str) for name in more}, strict=True)
    return read_sheet(sheet, schema).to_dict("records")


def only_folder(wanted: Wanted) -> Path:
    """The folder of the benchmark's only data set. Raises InputError if it names none or several."""
    if len(wanted.datasets) != 1:
        raise InputError(
            f"--dataset: {len(wanted.datasets)} folders given, but one is needed; name it in the benchmark's dataset"
        )
    return next(iter(wanted.datasets.values()))


def rows_in(folder: Path, language: str, files: Sequence[str], columns: Sequence[str]) -> Iterator[Json]:
    """The rows of the language's files. Raises InputError if the data set lacks the language."""
    if not any(path.is_file() for pattern in files for path in folder.glob(pattern)):
        raise InputError(
            f"{folder}: has no {', '.join(files)}, so no rows in {language}; take {language} out of the benchmark's"
            " languages, or correct the data set's files"
        )
    return read_rows(folder, columns, files)


def separated(
    folder: Path, files: str, columns: list[str], header: list[str] | None = None, quoted: bool = False
) -> Iterator[Json]:
    """The rows of CSV files, or of TSV files, in order; in TSV a quotation mark is text unless they are `quoted`.

    Raises InputError naming file and column.
    """
    paths = sorted(folder.glob(files))
    if not paths:
        raise InputError(f"{folder}: no file matches {files}; fetch the data set again, or correct the task's files")
    for path in paths:
        form: dict[str, Any] = {} if path.suffix == ".csv" else {"delimiter": "\t"}
        form |= {} if quoted or path.suffix == ".csv" else {"quoting": csv.QUOTE_NONE}
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


def text(value: object) -> str:
    """A cell as normalised text; empty for null and for anything but text."""
    return normalise(value) if isinstance(value, str) else ""


def question_sentences(wanted: Wanted) -> Json:
    """The language's sentences for questions of fetched benchmarks, else the English ones."""
    folder, keys = wanted.resources / "questions", ["instruction", "question", "topic", "topics"]
    own = folder / f"{wanted.language}.yaml"
    return read_sentences(own if own.is_file() else folder / f"{PLAIN}.yaml", keys)


def phrased(sentences: Json, question: str) -> str:
    """A question with its instruction, in the language's words."""
    return f"{sentences['instruction']}\n\n{sentences['question'].replace('{question}', question)}"


def select_items(groups: Mapping[str, Iterable[Json]], wanted: Wanted, reasons: list[str]) -> Prepared:
    """The first `wanted.items` items (0: all), taken from the groups in turn; ids are in a seeded order.

    A repeated id keeps its first item; the others are counted as "same_id".
    """
    items_by_id: dict[str, Json] = {}
    ids_by_group: dict[str, list[str]] = {}
    for group, items in groups.items():
        for item in items:
            if item["item_id"] in items_by_id:
                reasons.append("same_id")
                continue
            items_by_id[item["item_id"]] = item
            ids_by_group.setdefault(group, []).append(item["item_id"])
    order = in_turn(shuffled(ids_by_group[group], wanted.seed, "items") for group in sorted(ids_by_group))
    chosen = [items_by_id[item_id] for item_id in islice(order, wanted.items or None)]
    return Prepared(chosen, reasons=reasons + ["not_needed"] * (len(items_by_id) - len(chosen)))


def four_choices(row: Json, answer: int | None, sentences: Json) -> tuple[Json | None, str]:
    """The fields of an item from a row {"question", "option_a" … "option_d"}; or None, and the fault of the row.

    Options keep the data set's order: some refer to others by letter ("A and B").
    """
    question = text(row["question"])
    options = [text(row[f"option_{letter.lower()}"]) for letter in LETTERS]
    if not question or not all(options):
        return None, "empty_text"
    if answer is None or not 0 <= answer < len(options):
        return None, "no_such_answer"
    return {
        "question": phrased(sentences, question),
        "content": [question, " ".join([question, *options])],
        "options": options,
        "answer": answer,
    }, ""


def letter(value: object) -> int | None:
    """The index of a letter A to D; None for anything else."""
    written = text(value).upper()
    return LETTERS.index(written) if len(written) == 1 and written in LETTERS else None


def whole_number(value: object) -> int | None:
    """A whole number or its text as an integer; None for anything else."""
    return int(str(value)) if str(value).strip().isdecimal() else None


def choice(
    instruction: str, template: str, fill: Json, options: list[str], answer: int | None, content: list[str]
) -> ItemOrFault:
    """An item whose answer is one of `options`, asked in the words of `template`; or None, and the fault of its row."""
    if not all(fill.values()) or not all(options):
        return None, "empty_text"
    if answer is None or not 0 <= answer < len(options):
        return None, "no_such_answer"
    question = f"{instruction}\n\n{template.format(**fill)}"
    return {"question": question, "content": content, "options": options, "answer": answer}, ""
