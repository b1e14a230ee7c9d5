"""Benchmarks and their items, checked before the evaluation.

A benchmark is a JSON-lines file of items, a formulation (a task file in `resources/tasks`) and a metric (Table 10):

- `letters`, `preference`: rows {"item_id", "question", "options", "answer" (index)}, `category` if the metric weighs
  categories; the prediction is the option with the likeliest letter. `preference` is asked in both orders of its
  options.
- `generate`: rows {"item_id", "question", "answer" (a plain number as text)}, shots also "solution"; the prediction is
  the last number of the generated text.
- `native_text`: rows {"item_id", "question", "answer" (what a person answered)}; nothing is generated: the score is the
  likelihood of that answer, as bits per byte below zero.
- `instructions`: rows {"item_id", "question", "checks" (what its answer is held to: `instruction_checks`)}, without
  shots; the score is the share of generated texts that hold to all checks of their item.
- `continuation`: rows {"item_id", "question", "options" (texts that may follow it), "answer" (index)}, and "shots" (ids
  of its examples, rows of the same form); the prediction is the option with the highest log-likelihood after the
  question, by `normalise` as it is ("none"), per character of the option ("characters"), or less what it is without the
  question ("unconditional").
- `mixed`: rows with "options" are asked as letters; for rows without, ROUGE-L compares the generated text with the
  "answer" (FilBench has both kinds).

Each but `native_text`, which is always in the model's chat template, and `continuation`, which is plain text, is asked
by a protocol: `plain` text, the same for every model, or `chat`, in the model's own chat template with the shots as
earlier turns.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_jsonl
from polyglot.core.identity import digest
from polyglot.evaluation.instruction_checks import refuse_unknown

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FORMULATIONS = {
    "letters": ("accuracy", "weighted_accuracy"),
    "preference": ("accuracy", "weighted_accuracy"),
    "continuation": ("accuracy",),  # with macro F1 beside it
    "generate": ("exact_match",),
    "instructions": ("instructions_followed",),
    "mixed": ("weighted_accuracy",),
    "native_text": ("bits_per_byte",),
}
CONTINUATION = "continuation"
PROTOCOLS = ("plain", "chat")
NORMALISATIONS = ("none", "characters", "unconditional")


@dataclass(frozen=True)
class Benchmark:
    """One benchmark of one language. `items` is None if the language has no such task.

    `fewer_shots`: whether a prompt that is longer than a model's context has as many of its shots as fit; without it
    the model cannot read the item.
    """

    benchmark: str
    formulation: str
    metric: str
    shots: int = 0
    items: str | None = None
    shot_items: str | None = None
    max_gen_toks: int = 256
    protocol: str = "plain"
    normalise: str = "none"
    fewer_shots: bool = False

    def __post_init__(self) -> None:
        """Refuse unknown formulations and protocols, and metrics that do not fit them."""
        if self.formulation not in FORMULATIONS:
            raise InputError(f"benchmark {self.benchmark}: formulation must be one of {', '.join(FORMULATIONS)}")
        if self.metric not in FORMULATIONS[self.formulation]:
            allowed = " or ".join(FORMULATIONS[self.formulation])
            raise InputError(f"benchmark {self.benchmark}: the metric of {self.formulation} must be {allowed}")
        if self.protocol not in PROTOCOLS:
            raise InputError(f"benchmark {self.benchmark}: protocol must be {' or '.join(PROTOCOLS)}")
        if self.normalise not in NORMALISATIONS:
            raise InputError(f"benchmark {self.benchmark}: normalise must be one of {', '.join(NORMALISATIONS)}")
        if self.formulation == CONTINUATION and self.protocol == "chat":
            raise InputError(f"benchmark {self.benchmark}: a continuation is asked in plain text; remove protocol")
        if self.items and self.shots and not self.shot_items:
            raise InputError(f"benchmark {self.benchmark}: {self.shots} shots but no shot_items; name their file")


def parse_benchmarks(entries: list[Json]) -> list[Benchmark]:
    """Benchmarks from JSON objects. Raises InputError naming an unknown or missing key, or a repeated name."""
    try:
        benchmarks = [Benchmark(**entry) for entry in entries]
    except TypeError as error:
        raise InputError(f"--benchmarks: {error}; its keys are {', '.join(Benchmark.__annotations__)}") from error
    names = [benchmark.benchmark for benchmark in benchmarks]
    if len(set(names)) != len(names):
        raise InputError(f"--benchmarks: a name is given twice in {', '.join(names)}; give each once")
    return benchmarks


def way_of(row: Json, benchmark: Benchmark) -> str:
    """The task file of an item."""
    if benchmark.formulation != "mixed":
        return benchmark.formulation
    return "letters" if "options" in row else "text"


def check_item(where: str, row: Json, benchmark: Benchmark, shot: bool) -> None:
    """Raise InputError if a row lacks a key of its formulation, or if its answer is not valid."""
    way = way_of(row, benchmark)
    is_text = way in ("generate", "text", "native_text", "instructions")
    needed = {"item_id", "question", "checks" if way == "instructions" else "answer"}
    if way == CONTINUATION and benchmark.shots and not shot:
        needed.add("shots")
    if not is_text:
        needed.add("options")
    elif shot:
        needed.add("solution")
    if benchmark.metric == "weighted_accuracy":
        needed.add("category")
    missing = sorted(key for key in needed if row.get(key) is None)
    if missing:
        raise InputError(f"{where}: {', '.join(missing)} is missing; add it, a {benchmark.formulation} row needs it")
    if not is_text:
        if not 2 <= len(row["options"]) <= len(LETTERS):
            raise InputError(f"{where}: {len(row['options'])} options; give 2 to {len(LETTERS)}")
        if type(row["answer"]) is not int or not 0 <= row["answer"] < len(row["options"]):
            raise InputError(
                f"{where}: answer {row['answer']!r} is not an index of its {len(row['options'])} options;"
                f" give 0 to {len(row['options']) - 1}"
            )
    elif way == "instructions":
        refuse_unknown(where, row["checks"])
    elif way in ("text", "native_text"):
        if not isinstance(row["answer"], str) or not row["answer"].strip():
            raise InputError(
                f"{where}: answer {row['answer']!r} is not text; give the text that the model should write"
            )
    else:
        try:
            finite = Decimal(row["answer"]).is_finite()
        except (InvalidOperation, TypeError, ValueError):
            finite = False
        if not isinstance(row["answer"], str) or not finite:
            raise InputError(f'{where}: answer {row["answer"]!r} is not a plain number as text; write it like "1234.5"')


def read_items(path: str, benchmark: Benchmark, shot: bool = False) -> list[Json]:
    """The rows of a benchmark's file, checked. Raises InputError naming the file and the row."""
    rows = read_jsonl(path)
    if not rows:
        raise InputError(
            f"{path}: holds no items; prepare it again, or give the language no items for {benchmark.benchmark}"
        )
    for number, row in enumerate(rows, start=1):
        check_item(f"{path}: line {number}", row, benchmark, shot)
    if len({row["item_id"] for row in rows}) < len(rows):
        raise InputError(f"{path}: an item_id occurs twice; prepare the file again")
    return rows


def read_benchmark(benchmark: Benchmark, limit: int | None) -> tuple[list[Json], list[Json]]:
    """The items asked (the first `limit`) and the shots shown, of `continuation` all that an item may name.

    Raises InputError if there are too few shots, or if an item names one that is not there.
    """
    shots = read_items(benchmark.shot_items, benchmark, shot=True) if benchmark.shots else []
    if len(shots) < benchmark.shots:
        raise InputError(f"{benchmark.shot_items}: {len(shots)} shots, but {benchmark.shots} are needed; add some")
    items = read_items(benchmark.items, benchmark)[:limit]
    if benchmark.formulation != CONTINUATION:
        return items, shots[: benchmark.shots]
    known = {shot["item_id"] for shot in shots}
    for item in items if benchmark.shots else []:
        named = item["shots"]
        if len(set(named)) < benchmark.shots or not known.issuperset(named):
            raise InputError(
                f"{benchmark.items}: item {item['item_id']} names {len(known & set(named))} different rows of"
                f" {benchmark.shot_items}, but {benchmark.shots} are needed; prepare both again"
            )
    return items, shots


def in_all_orders(items: list[Json], benchmark: Benchmark) -> list[Json]:
    """The items as they are asked: those of `preference` once more with their options in reverse, after all others.

    A model that always names the first letter would else score by where the better response happens to stand.
    """
    if benchmark.formulation != "preference":
        return items
    reverse = [
        {**item, "options": item["options"][::-1], "answer": len(item["options"]) - 1 - item["answer"]}
        for item in items
    ]
    return items + reverse


def items_digest(items: Sequence[Json], shots: Sequence[Json] = ()) -> str:
    """SHA-256 over items and shots: ids, questions, options in their order, answers, and weights or checks."""
    keys = ("item_id", "category", "question", "options", "answer", "solution")
    more = {"subset_weight": ("subset", "subset_weight"), "checks": ("checks",), "shots": ("shots",)}

    def line(row: Json) -> str:
        own = (key for name, names in more.items() if name in row for key in names)
        return json.dumps([row.get(key) for key in (*keys, *own)])

    item_lines, shot_lines = (list(map(line, rows)) for rows in (items, shots))
    return digest(*item_lines, "shots", *shot_lines)
