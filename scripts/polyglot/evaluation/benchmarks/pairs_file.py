"""Pairs of answers of one's own, a better and a worse one: {"prompt", "chosen", "rejected"}."""

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import content_id
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted, place_options
from polyglot.evaluation.fetched_benchmark import PLAIN
from polyglot.evaluation.own_items import prepare_own

ADAPTER = Adapter(
    "pairs of one's own",
    folders=("preference",),
    own_file=True,
    formulation="preference",
    chance=0.5,
    plain_words=True,
    shots=None,
)
FIELDS = ("prompt", "chosen", "rejected")


def prepare(wanted: Wanted) -> Prepared:
    """The pairs of the file, their answers in an order that the seed and the pair give."""
    folder = wanted.resources / "preference"
    own = folder / f"{wanted.language}.yaml"
    sentences = read_sentences(own if own.is_file() else folder / f"{PLAIN}.yaml", ["instruction", "question"])

    def item(where: str, row: Json) -> Json:
        prompt, chosen, rejected = (row[field] for field in FIELDS)
        if chosen == rejected:
            raise InputError(f"{where}: chosen and rejected are the same text; take the pair out")
        return {
            "question": f"{sentences['instruction']}\n\n{sentences['question'].replace('{message}', prompt)}",
            "content": [prompt, chosen, rejected],
            **place_options(chosen, [rejected], wanted.seed, content_id(prompt, chosen, rejected)),
        }

    return prepare_own(wanted, FIELDS, item)
