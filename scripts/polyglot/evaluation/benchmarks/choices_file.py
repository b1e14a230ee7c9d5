"""Questions of one's own with options, asked by letter: {"question", "options", "answer"}.

The answer is the letter of an option, its number from 0, or its text. Options keep their order, as some name another.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import normalise
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import phrased, question_sentences
from polyglot.evaluation.items import LETTERS
from polyglot.evaluation.own_items import prepare_own

ADAPTER = Adapter(
    "questions of one's own", folders=("questions",), own_file=True, formulation="letters", plain_words=True, shots=None
)


def prepare(wanted: Wanted) -> Prepared:
    """The questions of the file. Raises InputError for an answer that is no option."""
    sentences = question_sentences(wanted)

    def item(where: str, row: Json) -> Json:
        options = options_of(where, row.get("options"))
        question = row["question"]
        return {
            "question": phrased(sentences, question),
            "content": [question, " ".join([question, *options])],
            "options": options,
            "answer": place_of(where, row.get("answer"), options),
        }

    return prepare_own(wanted, ["question"], item)


def options_of(where: str, options: object) -> list[str]:
    """The texts of the options, 2 to 26 different ones."""
    texts = options if isinstance(options, list) and all(isinstance(option, str) for option in options) else []
    result = [normalise(text) for text in texts]
    if not 2 <= len(result) <= len(LETTERS) or not all(result) or len(set(result)) < len(result):
        raise InputError(f"{where}: options {options!r} should be a list of 2 to {len(LETTERS)} different texts")
    return result


def place_of(where: str, answer: object, options: list[str]) -> int:
    """The number from 0 of the right option."""
    letters = LETTERS[: len(options)]
    if type(answer) is int and 0 <= answer < len(options):
        return answer
    if isinstance(answer, str) and normalise(answer) in options:
        return options.index(normalise(answer))
    if isinstance(answer, str) and answer.strip() and answer.strip().upper() in [*letters]:
        return letters.index(answer.strip().upper())
    last = len(options) - 1
    raise InputError(
        f"{where}: answer {answer!r} is no option; give a letter {letters[0]} to {letters[-1]}, a number "
        f"0 to {last}, or the text of the option"
    )
