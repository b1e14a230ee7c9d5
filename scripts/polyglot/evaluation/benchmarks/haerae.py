"""HAE-RAE Bench: five-choice questions about Korean words, history, customs and texts, asked and answered by letter.

Rows are in the form of HAERAE-HUB/HAE_RAE_BENCH_1.0: a file for each part, with question, a to e, and answer, a letter.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.files import Json
from polyglot.core.identity import content_id
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import (
    choice,
    only_folder,
    question_sentences,
    select_items,
    separated,
    text,
)

ADAPTER = Adapter("HAE-RAE Bench", folders=("questions",), languages=("ko",), chance=0.2, formulation="letters")

PARTS = {
    "general knowledge": "KGK",
    "history": "HI",
    "loan words": "LW",
    "rare words": "RW",
    "reading comprehension": "RC",
    "standard nomenclature": "SN",
}
LETTERS = "abcde"


def prepare(wanted: Wanted) -> Prepared:
    """The questions of all parts; the parts in turn if fewer items are wanted."""
    sentences = question_sentences(wanted)
    folder, columns = only_folder(wanted), ["question", *LETTERS, "answer"]
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    for part, name in PARTS.items():
        for row in separated(folder, f"data/HAERAE-Bench-v1-{name}.csv", columns):
            question, options = text(row["question"]), [text(row[letter]) for letter in LETTERS]
            written = text(row["answer"]).strip("()").lower()
            answer = LETTERS.index(written) if written in tuple(LETTERS) else None
            content = [question, " ".join([question, *options])]
            item, problem = choice(
                sentences["instruction"], sentences["question"], {"question": question}, options, answer, content
            )
            if item is None:
                reasons.append(problem)
                continue
            place = {"item_id": content_id(*item["content"]), "category": part, "subset": "haerae"}
            groups.setdefault(part, []).append(place | item)
    return select_items(groups, wanted, reasons)
