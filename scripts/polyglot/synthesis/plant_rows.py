"""Make the rows of a planted teacher: pairs that people wrote, a known share of which is damaged.

Reads a request table of the method public and, for damage by another language, the seed tables that hold it. Writes
rows, rejected rows and counts as pair_rows does. The pairs that are damaged are the first of an order that the seed
gives, the same for every kind, so that a larger share damages the pairs of a smaller one too. Since the damage is
known, so is the order of planted teachers; whether metrics and students show it, the study tells.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet
from polyglot.core.identity import shuffled
from polyglot.synthesis.methods import PUBLIC
from polyglot.synthesis.pair_rows import file_pairs, parser, read_pairs

DAMAGES = ("shuffled_words", "swapped_answers", "other_language", "cut_short", "repeated")
KEPT_PART, TIMES = 3, 6  # a third of the words stays, or comes six times


def pieces(text: str) -> tuple[list[str], str]:
    """The words of a text and what joins them; its characters where it is written without spaces."""
    words = text.split()
    return (words, " ") if len(words) > 1 else (list(text), "")


def damaged_answer(text: str, kind: str, seed: int, request_id: str) -> str:
    """A text damaged in itself: its words in another order, its first third alone, or that again and again."""
    words, joint = pieces(text)
    if kind == "shuffled_words":
        places = [int(place) for place in shuffled(map(str, range(len(words))), seed, request_id)]
        if places == sorted(places):  # of two words every other order is that of before
            places.reverse()
        return joint.join(words[place] for place in places)
    first = joint.join(words[: max(1, len(words) // KEPT_PART)])
    return first if kind == "cut_short" else (joint or " ").join([first] * TIMES)


def plant(pairs: Sequence[Json], kind: str, share: float, foreign: Sequence[str], seed: int) -> list[Json]:
    """The pairs in their order, `share` of them damaged; `foreign` are answers in another language.

    Answers are swapped with the next pair that is damaged too, or with the next at all where only one is.
    """
    order = shuffled((pair["request_id"] for pair in pairs), seed, "damage")
    chosen = order[: round(share * len(pairs))]
    answers = {pair["request_id"]: pair["source_response"] for pair in pairs}
    damaged = {}
    for place, request_id in enumerate(chosen):
        if kind == "swapped_answers":
            following = chosen if len(chosen) > 1 else order
            damaged[request_id] = answers[following[(place + 1) % len(following)]]
        elif kind == "other_language":
            damaged[request_id] = foreign[place % len(foreign)]
        else:
            damaged[request_id] = damaged_answer(answers[request_id], kind, seed, request_id)
    return [pair | {"source_response": damaged.get(pair["request_id"], pair["source_response"])} for pair in pairs]


def foreign_answers(tables: Iterable[Path], language: str) -> list[str]:
    """Answers of the training rows in a language, sorted by seed_id. Raises InputError if there are none."""
    tables = list(tables)
    seeds = pd.concat([read_parquet(table, ["seed_id", "language", "split", "response"]) for table in tables])
    rows = seeds[(seeds["language"] == language) & (seeds["split"] == "train")].sort_values("seed_id")
    answers = [answer for answer in rows["response"] if answer]
    if not answers:
        raise InputError(f"{tables[0]}: holds no answer in {language}; damage by another language of the seeds")
    return answers


def main() -> None:
    """Parse the command line, damage the pairs, write rows, rejects and counts."""
    options = parser(__doc__)
    options.add_argument("--damage", choices=DAMAGES, required=True)
    options.add_argument("--share", type=float, required=True, help="share of the pairs that is damaged, 0 to 1")
    options.add_argument("--other-language", help="ISO 639-1 code, for the damage other_language")
    options.add_argument("--seeds", type=Path, nargs="*", default=[], help="seed tables that hold it")
    options.add_argument("--seed", type=int, required=True)
    args = options.parse_args()
    pairs = read_pairs(args.pairs, args.language, PUBLIC)
    foreign = foreign_answers(args.seeds, args.other_language) if args.damage == "other_language" else []
    planted = plant(pairs[: args.wanted], args.damage, args.share, foreign, args.seed)
    file_pairs(planted + pairs[args.wanted :], args)


if __name__ == "__main__":
    run(main)
