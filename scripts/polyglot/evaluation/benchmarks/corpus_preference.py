"""Items that ask which of two answers fits a message: the true answer or the answer to another message of a corpus.

Uses only rows on the benchmark side of the seed split. The wrong answer is of another topic and of similar length if
the corpus has one. Answers of a few letters ("Yes.", "Good") fit every message and are left out.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import comparable, digest, shuffled
from polyglot.core.ordering import in_turn
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted, place_options
from polyglot.evaluation.held_out import held_out_rows
from polyglot.seeds.sources import chatterbot

ADAPTER = Adapter(
    "answers of a corpus", folders=("preference",), packaged=chatterbot.CORPUS, chance=0.5, formulation="preference"
)

# translated file names of chatterbot-corpus → topic
TOPICS = {
    "IA": "ai",
    "dinero": "money",
    "emociones": "emotion",
    "origen": "botprofile",
    "perfilbot": "botprofile",
    "psicologia": "psychology",
}
CATEGORIES = {
    "conversation": ["conversations", "gossip", "greetings", "humor"],
    "persona": ["ai", "botprofile", "emotion", "food", "psychology"],
    "knowledge": [
        "coding",
        "computers",
        "health",
        "history",
        "literature",
        "money",
        "movies",
        "politics",
        "science",
        "sports",
        "tech_support",
        "trivia",
    ],
}
CATEGORY_OF = {topic: category for category, topics in CATEGORIES.items() for topic in topics}


def prepare(wanted: Wanted) -> Prepared:
    """Up to `wanted.items` items, the categories in turn. Raises InputError without seeds."""
    if wanted.seeds is None:
        raise InputError("--seeds: corpus_preference needs the seed table of its source, made with a benchmark share")
    sentences = read_sentences(wanted.resources / "preference" / f"{wanted.language}.yaml", ["instruction", "question"])
    rows, reasons = held_out_rows(wanted)
    answers: dict[str, set[str]] = {}
    for row in wanted.seeds.to_dict("records"):
        answers.setdefault(comparable(row["prompt"]), set()).add(comparable(row["response"] or ""))
    groups: dict[str, list[Json]] = {}
    for seed_id in shuffled(rows, wanted.seed, "preference"):
        row = rows[seed_id]
        if (other := wrong_answer(row, rows, answers, wanted.seed)) is None:
            reasons.append("no_wrong_answer")
            continue
        topic = topic_of(row)
        question = f"{sentences['instruction']}\n\n{sentences['question'].replace('{message}', row['prompt'])}"
        item = {
            "item_id": seed_id,
            "category": CATEGORY_OF.get(topic, "other"),
            "subset": topic,
            "question": question,
            "content": [row["prompt"], row["response"]],
            **place_options(row["response"], [other["response"]], wanted.seed, seed_id),
        }
        groups.setdefault(item["category"], []).append(item)
    items = list(in_turn(groups[category] for category in sorted(groups)))
    reasons += ["not_needed"] * max(0, len(items) - wanted.items)
    return Prepared(items[: wanted.items], reasons=reasons)


def wrong_answer(row: Json, rows: dict[str, Json], answers: dict[str, set[str]], seed: int) -> Json | None:
    """The row whose answer is shown as the wrong one; None without a candidate.

    Its answer is never that of a seed row with this message. Prefers answers of half to double the length, then of
    another topic, then by hash.
    """
    length = len(row["response"])
    allowed = [
        other
        for other in rows.values()
        if comparable(other["response"]) not in answers[comparable(row["prompt"])]
        and comparable(other["prompt"]) != comparable(row["prompt"])
    ]

    def rank(other: Json) -> tuple[bool, bool, str]:
        alike = length / 2 <= len(other["response"]) <= length * 2
        return not alike, topic_of(other) == topic_of(row), digest(seed, row["seed_id"], other["seed_id"])

    return min(allowed, key=rank, default=None)


def topic_of(row: Json) -> str:
    """The topic in a row's origin: "spanish/dinero#3.0.1" is about money."""
    name = row["origin"].partition("#")[0].rpartition("/")[2]
    return TOPICS.get(name, name)
