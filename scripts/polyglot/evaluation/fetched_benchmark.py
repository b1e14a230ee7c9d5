"""What adapters of fetched data sets share: their rows, how a question is asked in the language, how many are kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import normalise, shuffled
from polyglot.core.ordering import in_turn
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.hub.dataset_rows import read_rows

LETTERS = "ABCD"


def only_folder(wanted: Wanted) -> Path:
    """The folder of the benchmark's one data set. Raises InputError where there is none or more than one."""
    if len(wanted.datasets) != 1:
        raise InputError(f"--dataset: {len(wanted.datasets)} given, one is needed; name it in the benchmark's dataset")
    return next(iter(wanted.datasets.values()))


def rows_in(folder: Path, language: str, files: Sequence[str], columns: Sequence[str]) -> Iterator[Json]:
    """The rows of the language's files. Raises InputError that says so where the data set lacks the language."""
    if not any(path.is_file() for pattern in files for path in folder.glob(pattern)):
        raise InputError(
            f"{folder}: has no {', '.join(files)}, so nothing in {language}; take {language} out of the benchmark's"
            " languages, or correct the data set's files"
        )
    return read_rows(folder, columns, files)


def text(value: object) -> str:
    """A cell as stored text; empty for null and for what is no text."""
    return normalise(value) if isinstance(value, str) else ""


def asker(wanted: Wanted) -> Json:
    """The language's sentences for questions of fetched benchmarks."""
    return read_sentences(wanted.resources / "questions" / f"{wanted.language}.yaml", ["instruction", "question"])


def asked(sentences: Json, question: str) -> str:
    """A question as it stands before its options."""
    return f"{sentences['instruction']}\n\n{sentences['question'].replace('{question}', question)}"


def kept(groups: Mapping[str, Iterable[Json]], wanted: Wanted, reasons: list[str]) -> Prepared:
    """Items of all groups in turn, in an order of their ids' hashes; all of them, or the first that are wanted.

    An id that occurs twice keeps its first item; the other is counted as such.
    """
    results: dict[str, Json] = {}
    placed: dict[str, list[str]] = {}
    for group, items in groups.items():
        for item in items:
            if item["item_id"] in results:
                reasons.append("same_id")
                continue
            results[item["item_id"]] = item
            placed.setdefault(group, []).append(item["item_id"])
    order = in_turn(shuffled(placed[group], wanted.seed, "items") for group in sorted(placed))
    chosen = [results[entry] for entry in islice(order, wanted.items or None)]
    return Prepared(chosen, reasons=reasons + ["not_needed"] * (len(results) - len(chosen)))


def four_choices(row: Json, answer: int | None, sentences: Json) -> tuple[Json | None, str]:
    """What a row {"question", "option_a" … "option_d"} gives to an item, or None and what is wrong with the row.

    Options keep the data set's order: some name another by its letter ("A and B").
    """
    question = text(row["question"])
    options = [text(row[f"option_{letter.lower()}"]) for letter in LETTERS]
    if not question or not all(options):
        return None, "empty_text"
    if answer is None or not 0 <= answer < len(options):
        return None, "no_such_answer"
    return {
        "question": asked(sentences, question),
        "content": [question, " ".join([question, *options])],
        "options": options,
        "answer": answer,
    }, ""


def letter(value: object) -> int | None:
    """The place of a letter A to D; None for anything else."""
    written = text(value).upper()
    return LETTERS.index(written) if len(written) == 1 and written in LETTERS else None
