"""Prompts of one's own that are answered with a number: {"prompt", "answer"}, in examples also "solution"."""

from decimal import Decimal, InvalidOperation

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.last_number import last_number, same_number
from polyglot.evaluation.own_items import prepare_own

ADAPTER = Adapter("numbers of one's own", own_file=True, formulation="generate", chance=0.0, shots=None)


def prepare(wanted: Wanted) -> Prepared:
    """The prompts of the file. Raises InputError for an example whose solution does not end with its answer."""

    def item(where: str, row: Json) -> Json:
        return {"question": row["prompt"], "content": [row["prompt"]], "answer": plain_number(where, row.get("answer"))}

    prepared = prepare_own(wanted, ["prompt"], item)
    for shot in prepared.shots:
        if not same_number(last_number(shot.get("solution", "")), shot["answer"]):
            raise InputError(
                f"--shots: the solution of the example {shot['question'][:60]!r} does not end with its answer,"
                f" {shot['answer']}; write one, or lower the benchmark's shots"
            )
    return prepared


def plain_number(where: str, answer: object) -> str:
    """A number of JSON, or a plain one as text, as the text that answers are compared with."""
    try:
        if isinstance(answer, bool) or not isinstance(answer, int | float | str):
            raise InvalidOperation
        value = Decimal(str(answer))
        if not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise InputError(f"{where}: answer {answer!r} is not a plain number; write it like 1234.5") from None
    return f"{value.normalize():f}"
