"""Items in the forms of KOBEST, made of held-out Korean documents of a corpus, which have the answers themselves.

- `ending`: the beginning of a clause and four endings, three of them of clauses of other documents (HellaSwag's form).
- `particle`: a clause up to a noun with its particle, and that word with both allomorphs: which one is right depends on
  whether the noun's last syllable ends in a consonant (을/를, 이/가, 은/는, 과/와).
- `word`: a passage, and whether a word stands in it (BoolQ's form); as many items of either answer.

A noun is a stem of two syllables or more that the documents have with several particles. Documents are those whose id
says that no model is trained on them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import content_id, normalise, shuffled
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted, place_options
from polyglot.evaluation.drawn_shots import with_shots
from polyglot.evaluation.fetched_benchmark import select_items

ADAPTER = Adapter(
    "held-out documents of a corpus",
    folders=("korean_texts",),
    languages=("ko",),
    formulation="continuation",
    tasks=("ending", "particle", "word"),
    of_corpus=True,
    shots=None,
)
PAIRS = (("을", "를"), ("이", "가"), ("은", "는"), ("과", "와"))  # after a consonant, after a vowel
PARTICLES = (*(particle for pair in PAIRS for particle in pair), "의", "에", "로", "으로", "도", "만", "에서")
FEWEST_PARTICLES = 3  # different ones that a noun is seen with
FEWEST_SYLLABLES = 2  # of a noun
WORDS = range(8, 31)  # of a clause
BEFORE = 3  # words before a noun that is asked about
LONGEST = 160  # characters of a passage: a context of 256 tokens holds it
HANGUL = re.compile("[가-힣]")
NOT_HANGUL = re.compile(r"[^가-힣]+$")


class Clause(NamedTuple):
    """A piece of a line of a document, with the piece before it."""

    document: str
    before: str
    text: str


def prepare(wanted: Wanted) -> Prepared:
    """Items of `wanted.task`; those that are not asked are the examples. Raises InputError without documents."""
    if wanted.documents is None:
        raise InputError("--documents: korean_texts needs the texts of a corpus, some of which are held out; name them")
    texts = {row.id: normalise(row.text) for row in wanted.documents.itertuples()}
    clauses = [clause for name in sorted(texts) for clause in clauses_of(name, texts[name])]
    groups: dict[str, list[Json]] = defaultdict(list)
    reasons: list[str] = []
    for group, fields in MAKERS[wanted.task](clauses, wanted):
        if fields is None:
            reasons.append(group)
            continue
        item_id = content_id(wanted.task, fields["question"], *sorted(fields["options"]))
        groups[group].append({"item_id": item_id, "category": group, "subset": wanted.task, **fields})
    chosen = select_items(groups, wanted, reasons)
    asked = {item["item_id"] for item in chosen.items}
    others = {item["item_id"]: item for items in groups.values() for item in items if item["item_id"] not in asked}
    if not wanted.shots:
        return chosen
    # an example is no reject
    kept = [reason for reason in chosen.reasons if reason != "not_needed"]
    return with_shots(Prepared(chosen.items, reasons=kept), list(others.values()), wanted)


def clauses_of(document: str, text: str) -> Iterator[Clause]:
    """The clauses of a document that are long enough and mostly Hangul, each once."""
    before, seen = "", set()
    for line in text.split("\n"):
        for piece in re.split(r"(?<=[.?!])\s+", line.strip()):
            words = piece.split()
            is_korean = len(HANGUL.findall(piece)) >= 0.7 * len("".join(words))
            if len(words) in WORDS and len(piece) <= LONGEST and is_korean and piece not in seen:
                seen.add(piece)
                yield Clause(document, before, " ".join(words))
            before = " ".join(words)[-LONGEST:] if words else before


def endings(clauses: Sequence[Clause], wanted: Wanted) -> Iterator[tuple[str, Json | None]]:
    """The second half of a clause among second halves of as many words of other documents."""
    by_length: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for clause in clauses:
        _, ending = halves(clause.text)
        by_length[len(ending.split())].append((clause.document, ending))
    for clause in clauses:
        beginning, ending = halves(clause.text)
        others = by_length[len(ending.split())]
        elsewhere = {text for document, text in others if document != clause.document and text != ending}
        wrong = shuffled(elsewhere, wanted.seed, "endings", clause.text)[:3]
        if len(wrong) < 3:
            yield "too_few_other_endings", None
            continue
        question = f"{clause.before} {beginning}".strip()
        placed = place_options(ending, wrong, wanted.seed, clause.text)
        yield "ending", {"question": question, "content": [clause.text], **placed}


def halves(clause: str) -> tuple[str, str]:
    """The first half of a clause's words, and the rest."""
    words = clause.split()
    return " ".join(words[: len(words) // 2]), " ".join(words[len(words) // 2 :])


def particles(clauses: Sequence[Clause], wanted: Wanted) -> Iterator[tuple[str, Json | None]]:
    """Nouns of clauses with both allomorphs of their particle."""
    nouns = nouns_of(clauses)
    for clause in clauses:
        words = clause.text.split()
        for place, word in enumerate(words):
            if place < BEFORE or (right := particle_of(word)) is None or word.removesuffix(right) not in nouns:
                continue
            (pair,) = (pair for pair in PAIRS if right in pair)
            wrong = pair[1 - pair.index(right)]
            question = " ".join(words[:place])
            placed = place_options(word, [word.removesuffix(right) + wrong], wanted.seed, f"{question} {word}")
            yield "/".join(pair), {"question": question, "content": [clause.text], **placed}


def particle_of(word: str) -> str | None:
    """The particle with two allomorphs that a word ends with, if it is the one that the syllable before asks for."""
    stem, last = word[:-1], word[-1:]
    if not stem or not HANGUL.fullmatch(stem[-1]):
        return None
    return last if any(last == pair[not ends_in_consonant(stem)] for pair in PAIRS) else None


def ends_in_consonant(word: str) -> bool:
    """Whether the last Hangul syllable has a final consonant: Unicode has 28 of each beginning, the first without."""
    return (ord(word[-1]) - ord("가")) % 28 > 0


def nouns_of(clauses: Sequence[Clause]) -> set[str]:
    """Stems that the clauses have with several different particles."""
    seen: dict[str, set[str]] = defaultdict(set)
    for clause in clauses:
        for word in clause.text.split():
            bare = NOT_HANGUL.sub("", word)
            for particle in PARTICLES:
                stem = bare.removesuffix(particle)
                if stem != bare and len(stem) >= FEWEST_SYLLABLES and all(map(HANGUL.fullmatch, stem)):
                    seen[stem].add(particle)
    return {stem for stem, after in seen.items() if len(after) >= FEWEST_PARTICLES}


def presence(clauses: Sequence[Clause], wanted: Wanted) -> Iterator[tuple[str, Json | None]]:
    """Whether a noun stands in a clause, asked of each clause once: every second time of one that stands elsewhere."""
    sentences = read_sentences(wanted.resources / "korean_texts" / f"{wanted.language}.yaml", ["question", "options"])
    nouns = sorted(nouns_of(clauses))
    by_text: Mapping[str, Clause] = {clause.text: clause for clause in clauses}
    for number, name in enumerate(shuffled(by_text, wanted.seed, "words")):
        answer = number % 2
        fitting = [noun for noun in nouns if (noun in name) == bool(answer)]
        if not fitting:
            yield "no_such_word", None
            continue
        word = shuffled(fitting, wanted.seed, "word", name)[0]
        question = sentences["question"].format(passage=name, word=word)
        yield (
            sentences["options"][answer],
            {"question": question, "content": [name], "options": list(sentences["options"]), "answer": answer},
        )


MAKERS = {"ending": endings, "particle": particles, "word": presence}
