"""Instructions whose following a program can check, in the language's own words with names of CLDR.

An instruction is a task (write about a country, list some fruits, add two numbers) and one or two demands on the
answer: its length, its form, its language, its first or last word, words that it must or must not hold. What almost
any text would satisfy (at most n words, a word left out) comes with a second demand. Each kind of item is a category;
the demands are in the item as data, `checks`, for `instruction_checks`.
"""

import random
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from babel import Locale
from babel.dates import get_day_names, get_month_names
from babel.lists import format_list

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import content_id, derive_seed, normalise, shuffled
from polyglot.core.ordering import in_turn
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.benchmarks import cldr

ADAPTER = Adapter(
    "instructions a program can check",
    folders=("instructions",),
    packaged=cldr.CLDR,
    chance=0.0,
    formulation="instructions",
)

FIELDS = ("quotes", "topics", "lists", "sums", "keys", "demands")
# the tasks of a kind (a method of `Language`), and the demands on their answers
KINDS = (
    ("topics", "words"),
    ("lists_of_names", "numbered", "includes"),
    ("topics", "begins"),
    ("countries", "json"),
    ("topics", "lines"),
    ("topics", "includes"),
    ("topics", "quoted"),
    ("lists", "bullets"),
    ("sums", "number"),
    ("topics", "language"),
    ("topics", "ends"),
    ("topics", "words_at_most", "includes"),
    ("lists", "numbered"),
    ("topics", "begins", "excludes"),
    ("topics", "begins", "ends"),
)
DRAWS = 4  # of counts and words for each task of a kind
MOST_WORDS = 2  # that an instruction asks for
COUNTS = {  # fewest and most
    "words": (5, 12),
    "words_at_most": (8, 20),
    "characters": (10, 30),
    "characters_at_most": (20, 60),
    "lines": (2, 7),
    "bullets": (2, 7),
    "numbered": (2, 7),
}
SUMS = 50  # of each kind
LARGEST = 99  # number in a sum
# In Babel 2.18 a language whose months have one form gets, as stand-alone ones, those of any language loaded before.
TWO_FORMS = ("cs",)


class Task(NamedTuple):
    """What to write: the sentence, the kind of thing that it is about, and the name of the thing if it has one."""

    text: str
    about: str
    name: str = ""


class Language:
    """The sentences of one language and the names that CLDR has in it."""

    def __init__(self, wanted: Wanted) -> None:
        folder = wanted.resources / "instructions"
        self.code, self.seed = wanted.language, wanted.seed
        self.locale = Locale.parse(wanted.language)
        self.sentences = read_sentences(folder / f"{wanted.language}.yaml", FIELDS)
        self.chosen = read_sentences(folder / "names.yaml", ["countries", "languages"])

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """The names of countries, languages, months and days of the week."""
        months = get_month_names("wide", "stand-alone" if self.code in TWO_FORMS else "format", self.locale)
        names = {
            "country": [self.locale.territories[code] for code in self.chosen["countries"].split()],
            "language": [self.locale.languages[code] for code in self.chosen["languages"].split()],
            "month": [months[number] for number in range(1, 13)],
            "day": list(get_day_names("wide", "format", self.locale).values()),
        }
        return {about: [normalise(name) for name in of_kind] for about, of_kind in names.items()}

    @cached_property
    def words(self) -> dict[str, list[str]]:
        """The names of a single word that stand in no other name, as that of India does in Korean (Indonesia).

        Those of months may be other words too (May) or numbers (5月).
        """
        compared = {name.casefold() for names in self.names.values() for name in names}
        return {
            about: [
                name
                for name in names
                if name.isalpha() and not any(name.casefold() in other for other in compared - {name.casefold()})
            ]
            for about, names in self.names.items()
            if about != "month"
        }

    def topics(self) -> list[Task]:
        """Short texts about something with a name."""
        return [
            Task(sentence.format(name=name), about, name)
            for about, sentence in self.sentences["topics"].items()
            for name in self.names[about]
        ]

    def countries(self) -> list[Task]:
        """Short texts about a country."""
        return [task for task in self.topics() if task.about == "country"]

    def lists(self) -> list[Task]:
        """Lists of things."""
        return [Task(sentence, about) for about, sentence in self.sentences["lists"].items()]

    def lists_of_names(self) -> list[Task]:
        """Lists of things of which there are words."""
        return [task for task in self.lists() if self.words.get(task.about)]

    def sums(self) -> list[Task]:
        """Sums, differences and products of two numbers."""
        draw = random.Random(derive_seed(self.seed, "instructions", "sums"))
        tasks = []
        for about, sentence in self.sentences["sums"].items():
            for _ in range(SUMS):
                smaller, larger = sorted(draw.sample(range(2, LARGEST + 1), 2))
                tasks.append(Task(sentence.format(a=self.written(larger), b=self.written(smaller)), about))
        return tasks

    def words_for(self, task: Task) -> list[str]:
        """Words that its answer may be asked for: a list is of its own kind, a text may not be given its topic."""
        if not task.name:
            return self.words.get(task.about, [])
        # a country and its language may have the same name
        return list(dict.fromkeys(word for words in self.words.values() for word in words if word != task.name))

    def written(self, number: int) -> str:
        """A number in the language's digits."""
        digits = self.sentences.get("digits")
        return "".join(digits[int(digit)] for digit in str(number)) if digits else str(number)

    def check(self, kind: str, words: Iterator[str], many: int, draw: random.Random) -> Json:
        """A check with its count, keys or words, of which `includes` has `many`."""
        if kind not in self.sentences["demands"]:
            kind = kind.replace("words", "characters")
        check: Json = {"kind": kind}
        if kind in COUNTS:
            return check | {"count": draw.randint(*COUNTS[kind])}
        if kind in ("begins", "ends"):
            return check | {"word": next(words)}
        if kind in ("includes", "excludes"):
            return check | {"words": [next(words) for _ in range(many if kind == "includes" else 1)]}
        if kind == "json":
            return check | {"keys": draw.sample(self.sentences["keys"], draw.choice((2, 3)))}
        own = {"language": {"code": self.code}, "quoted": {"quotes": self.sentences["quotes"]}}
        return check | own.get(kind, {})

    def demand(self, check: Json) -> str:
        """The sentence that asks for what a check looks at."""
        quotes = self.sentences["quotes"]
        return self.sentences["demands"][check["kind"]].format(
            count=self.written(check.get("count", 0)),
            word=check.get("word", "").join(quotes),
            words=format_list([word.join(quotes) for word in check.get("words", [])], locale=self.locale),
            keys=format_list([f'"{key}"' for key in check.get("keys", [])], locale=self.locale),
        )


def prepare(wanted: Wanted) -> Prepared:
    """`wanted.items` instructions (0: all), the kinds in turn. Raises InputError if there are fewer."""
    language = Language(wanted)
    items = list(in_turn(_items(language, tasks, demands) for tasks, *demands in KINDS))
    if len(items) < wanted.items:
        raise InputError(
            f"--items: instructions has {len(items)} items in {wanted.language}, {wanted.items} were asked for;"
            " ask for fewer"
        )
    chosen = items[: wanted.items or None]
    return Prepared(chosen, reasons=["not_needed"] * (len(items) - len(chosen)))


def _items(language: Language, tasks: str, demands: list[str]) -> list[Json]:
    """The items of a kind, each instruction once, in an order that depends on the seed."""
    kind = "-".join(demands)
    items = {}
    for task in getattr(language, tasks)():
        known = language.words_for(task)
        for number in range(DRAWS):
            draw = random.Random(derive_seed(language.seed, "instructions", kind, task.text, number))
            words = iter(draw.sample(known, min(MOST_WORDS, len(known))))
            many = MOST_WORDS if len(demands) == 1 else 1
            checks = [language.check(demand, words, many, draw) for demand in demands]
            space = language.sentences.get("space", " ")
            question = normalise(space.join([task.text, *map(language.demand, checks)]))
            items[question] = {
                "item_id": f"{kind}-{content_id(question)}",
                "category": kind,
                "subset": kind,
                "question": question,
                "content": [question],
                "checks": checks,
            }
    return [items[question] for question in shuffled(items, language.seed, "instructions", kind)]
