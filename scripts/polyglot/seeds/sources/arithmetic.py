"""Arithmetic word problems: 14 kinds, the same problems in every language, from hand-written sentence templates.

A problem is a kind and a tuple of numbers. Its sentences come from `resources/arithmetic/{language}.yaml`; half of the
problems spell their numbers out (num2words). Number tuples are divided once and for all, by hash and not by seed,
between training seeds and the benchmark, so that no seed of any study can ask what a benchmark asks.
"""

import functools
import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel import Locale

from polyglot.core.adapter import Adapter, Packaged
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import content_id, derive_seed, digest, normalise
from polyglot.core.ordering import in_turn
from polyglot.core.sentences import read_sentences
from polyglot.seeds.source_adapter import RawRow, check_options

ADAPTER = Adapter(
    "arithmetic word problems",
    folders=("arithmetic",),
    packaged=Packaged("sums made by this project", "https://pypi.org/project/num2words/", "Apache-2.0"),
)

BENCHMARK_SHARE = 0.3  # of all number tuples
SPELLED_BELOW = 100  # larger numbers are never spelled out
PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of problem. `ranges`: inclusive bounds of a, b(, c); `values`: all numbers that its sentences may use."""

    ranges: tuple[tuple[int, int], ...]
    values: Callable[..., dict[str, int]]


# Numbers stay at 3 or above (1 and 2 decline irregularly in half of the languages); days and weeks stay below 10,
# where Arabic numbers look alike in every case.
KINDS: dict[str, Kind] = {
    "saving_sum": Kind(((5, 95), (5, 95)), lambda a, b: {"answer": a + b}),
    "spending_rest": Kind(((20, 99), (5, 90)), lambda a, b: {"answer": a - b}),
    "cycling_days": Kind(((5, 60), (3, 9)), lambda a, b: {"answer": a * b}),
    "rope_pieces": Kind(((3, 25), (3, 9)), lambda n, b: {"b": b, "c": n * b, "answer": n}),
    "change": Kind(((5, 30), (5, 30), (3, 20)), lambda a, b, r: {"b": b, "sum": a + b, "c": a + b + r, "answer": r}),
    "walk_sum": Kind(((20, 50), (20, 50), (20, 50)), lambda a, b, c: {"answer": a + b + c}),
    "perimeter": Kind(((10, 60), (3, 40)), lambda a, b: {"answer": 2 * (a + b)}),
    "area": Kind(((10, 60), (3, 40)), lambda a, b: {"answer": a * b}),
    "weekly_saving": Kind(((10, 60), (3, 20), (3, 9)), lambda a, b, c: {"product": b * c, "answer": a + b * c}),
    "two_boxes": Kind(((5, 50), (3, 40)), lambda a, b: {"sum": a + b, "answer": 2 * a + b}),
    "tank": Kind(((50, 99), (3, 12), (3, 9)), lambda a, b, c: {"product": b * c, "answer": a - b * c}),
    "rice": Kind(((20, 99), (3, 9)), lambda a, b: {"product": a * 7, "answer": a * 7 * b}),
    "profit": Kind(((10, 80), (13, 99)), lambda a, b: {"answer": b - a}),
    "half": Kind(((10, 49), (5, 60)), lambda h, b: {"a": 2 * h, "half": h, "answer": h + b}),
}


@dataclass(frozen=True)
class Problem:
    """One problem, in no language yet. `values` are its named numbers; `spelled` says how its question writes them."""

    kind: str
    numbers: Numbers
    values: tuple[tuple[str, int], ...]
    spelled: bool

    @property
    def problem_id(self) -> str:
        return content_id("arithmetic", self.kind, *self.numbers)

    @property
    def answer(self) -> int:
        return dict(self.values)["answer"]


def rows(languages: Sequence[str], options: Json, seed: int, resources: Path) -> Iterator[RawRow]:
    """Yield `options["rows"]` training problems in each language. Raises InputError."""
    check_options("arithmetic", options, ["rows"])
    count = options.get("rows")
    if not isinstance(count, int) or count < 1:
        raise InputError(f"--options: arithmetic needs rows, a positive whole number, not {count!r}")
    drawn = draw(count, seed, benchmark=False)
    for language in languages:
        templates = load_templates(resources, language)
        for problem in drawn:
            question, solution = render(problem, templates, language)
            origin = f"{problem.kind}#{'-'.join(map(str, problem.numbers))}"
            yield RawRow(language, question, solution, origin, parallel_id=problem.problem_id)


def is_benchmark(numbers: Numbers) -> bool:
    """Whether problems with these numbers, in any order and of any kind, belong to the benchmark."""
    return int(digest("arithmetic benchmark", *sorted(numbers))[:8], 16) < BENCHMARK_SHARE * 16**8


def draw(count: int, seed: int, *, benchmark: bool) -> list[Problem]:
    """`count` different problems of one side, the kinds in turn; a smaller count gives the first of a larger one."""
    pools = [_shuffled_problems(kind, seed, benchmark) for kind in KINDS]
    drawn = list(itertools.islice(in_turn(pools), count))
    if len(drawn) < count:
        raise InputError(f"--options: arithmetic has {len(drawn)} problems, {count} were asked for; ask for fewer")
    return drawn


def render(problem: Problem, templates: Json, language: str) -> tuple[str, str]:
    """Question and worked solution of a problem in `language`, NFC; the solution is in digits, the answer its end."""
    texts = templates["problems"][problem.kind]
    values = dict(problem.values)
    names = {who: known[int(problem.problem_id, 16) % len(known)] for who, known in templates["names"].items()}

    def fill(text: str, spelled: bool) -> str:
        def replace(match: re.Match[str]) -> str:
            name, unit = match.groups()
            if name in names:
                return names[name]
            number = values[name]
            written = spell(number, language) if spelled else str(number)
            if unit is None:
                return written
            space = templates.get("unit_space", {}).get("words" if spelled else "digits", " ")
            return written + space + _unit_form(templates["units"][unit], number, language)

        return normalise(PLACEHOLDER.sub(replace, text))

    closing = fill(templates["answer"], spelled=False)
    return fill(texts["question"], problem.spelled), f"{fill(texts['solution'], spelled=False)} {closing}"


def spell(number: int, language: str) -> str:
    """`number` in words, as it stands before a masculine noun."""
    from num2words import num2words  # slow to import

    words = num2words(number, lang=language)
    if language == "es":  # veintiuno, treinta y uno: shortened before a noun
        words = re.sub(r"veintiuno$", "veintiún", words)
        words = re.sub(r"\buno$", "un", words)
    if language == "ar":  # "and" is written together with the next word
        words = words.replace(" و ", " و")
    return words


def load_templates(resources: Path, language: str) -> Json:
    """Read one language's sentence templates and check that they are complete. Raises InputError naming the file."""
    path = resources / "arithmetic" / f"{language}.yaml"
    templates = read_sentences(path, ["names", "units", "answer", "problems"])
    if absent := set(KINDS) ^ set(templates["problems"]):
        raise InputError(f"{path}: problems must be those of en.yaml; missing or unknown: {', '.join(sorted(absent))}")
    return templates


def _unit_form(forms: Any, number: int, language: str) -> str:
    """The unit's form after `number`: a text, or a mapping from CLDR plural category to text."""
    return forms if isinstance(forms, str) else forms.get(_locale(language).plural_form(number), forms["other"])


@functools.cache
def _locale(language: str) -> Locale:
    return Locale(language)


def make_problem(kind: str, numbers: Numbers) -> Problem | None:
    """The problem of a kind on these numbers; None where its answer would be below 3. Half are spelled, by hash."""
    named = dict(zip("abc", numbers, strict=False)) | KINDS[kind].values(*numbers)
    if named["answer"] < 3:
        return None
    small = all(named[name] < SPELLED_BELOW for name in "abc" if name in named)  # what a question can show
    spelled = small and int(digest("spelled", kind, *numbers)[:8], 16) % 2 == 1
    return Problem(kind, numbers, tuple(sorted(named.items())), spelled)


def _shuffled_problems(kind: str, seed: int, benchmark: bool) -> Iterator[Problem]:
    """Every problem of a kind on one side, in seeded order."""
    tuples = list(itertools.product(*(range(low, high + 1) for low, high in KINDS[kind].ranges)))
    random.Random(derive_seed(seed, "arithmetic", kind)).shuffle(tuples)
    for numbers in tuples:
        if is_benchmark(numbers) == benchmark and (made := make_problem(kind, numbers)):
            yield made
