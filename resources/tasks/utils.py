"""What the task files here ask of Python: where rows come from, how options are shown, what an answer is worth."""

from typing import Any

from datasets import Dataset

from polyglot.evaluation.answers import first_turn, rouge_l
from polyglot.evaluation.instruction_checks import share_followed
from polyglot.evaluation.items import LETTERS
from polyglot.evaluation.last_number import last_number, same_number


def dataset(items: list[dict[str, Any]], shots: list[dict[str, Any]]) -> dict[str, Dataset]:
    """The rows of a benchmark, already read and checked, as the splits that the task files name."""
    return {"test": Dataset.from_list(items), "shots": Dataset.from_list(shots)}


def labelled(doc: dict[str, Any]) -> str:
    """The question, its options one a line after "A." "B." and so on, and the language's cue for the letter."""
    options = (f"{letter}. {option}" for letter, option in zip(LETTERS, doc["options"], strict=False))
    return "\n".join([doc["question"], *options, doc["cue"]])


def letters(doc: dict[str, Any]) -> list[str]:
    """One letter an option."""
    return list(LETTERS[: len(doc["options"])])


def exact_match(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """1.0 where the last number of the text's first turn is the answer."""
    return {"exact_match": float(same_number(last_number(first_turn(results[0])), doc["answer"]))}


def rouge(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """ROUGE-L of the text's first turn against the answer."""
    return {"rouge_l": rouge_l(first_turn(results[0]), doc["answer"])}


def followed(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """1.0 where the text's first turn holds to all checks of its instruction."""
    return {"instructions_followed": float(share_followed(first_turn(results[0]), doc["checks"], doc["question"]) == 1)}
