"""Select the requests of one method in one language: seed prompts and demonstrations, the same for every teacher.

Reads the seed tables of all sources and uses their training side only. Writes {method}.parquet, in the order in which
requests are used, so that a longer list begins with every shorter one; and {method}.counts.json, which reports how many
requests are missing ("short") if the seeds hold too few prompts.
"""

import argparse
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet, write_counts, write_parquet
from polyglot.core.identity import comparable, content_id, shuffled
from polyglot.synthesis.methods import ENGLISH, METHODS, PAIRED, TRANSLATIONS

COLUMNS = ["request_id", "method", "language", "seed_ids", "source_prompt", "source_response", "demonstrations"]


@dataclass(frozen=True)
class Requests:
    """`table` has `COLUMNS`; row i is the i-th to be used. `seen` seed rows were looked at, `reasons` rejected some."""

    table: pd.DataFrame
    seen: int
    usable: int
    reasons: list[str]
    demonstrations: int


def select(
    seeds: pd.DataFrame, language: str, method: str, *, count: int, examples: int, rounds: int = 1, seed: int
) -> Requests:
    """At most `count` requests of one method in one language, each with up to `examples` demonstrations.

    generate: each request shows `examples` seed rows; when all rows are used up they are drawn anew, in other groups.
    respond: each distinct prompt of the language, and when all are used up again, up to `rounds` times, with other
    demonstrations. translate: the same with English prompts; the demonstrations are rows whose English text is known
    (same parallel_id). nllb-respond: the prompts of translate in the same order, to be translated before a teacher
    answers them. nllb-both: those with a response, once. public: each pair of the language, once.
    Raises InputError where a method has nothing to start from.
    """
    if method not in METHODS:
        raise InputError(f"--method {method}: unknown; use one of {', '.join(METHODS)}")
    source_language = ENGLISH if method in TRANSLATIONS else language
    rows, reasons = usable_rows(seeds, source_language)
    if method in PAIRED:
        reasons += ["no_response" for row in rows if not row["response"]]
        rows = [row for row in rows if row["response"]]
    seen = len(rows) + len(reasons)
    if count and not rows:
        raise InputError(f"--seeds: no usable training row in {source_language!r}; add a source that has the language")
    # a demonstration shows an answer where the sources have any
    pool = [] if method in PAIRED else _shown(seeds, language, method, rows)
    pool = [row for row in pool if row["response"]] or pool
    draws = _draws(pool, seed, language, method)
    if method == "generate":
        if examples < 1:
            raise InputError("--examples: generate shows at least one seed row; give 1 or more")
        made = [_request(method, language, None, _take(draws, pool, examples), number) for number in range(count)]
    else:
        by_id = {row["seed_id"]: row for row in rows}
        made = []
        for number, item in itertools.islice(_prompts(by_id, rounds, seed, language, method), count):
            shown = _take(draws, pool, examples, without=comparable(by_id[item]["prompt"]))
            made.append(_request(method, language, by_id[item], shown, number))
    return Requests(pd.DataFrame(made, columns=COLUMNS), seen, len(rows), reasons, len(pool))


def _shown(seeds: pd.DataFrame, language: str, method: str, rows: list[Json]) -> list[Json]:
    """The rows that demonstrations are drawn from; `rows` are those that are asked about."""
    if method == "translate":
        return parallel_rows(seeds, language)
    return usable_rows(seeds, language)[0] if method in TRANSLATIONS else rows


def _prompts(ids: Iterable[str], rounds: int, seed: int, language: str, method: str) -> Iterator[tuple[int, str]]:
    """(round, seed_id) of the prompts in seeded order, all of them `rounds` times, pairs once.

    What starts from English starts from the same prompts in the same order, so that ways of translating compare.
    """
    order = "translate" if method in TRANSLATIONS else method
    for number in range(1 if method in PAIRED else rounds):
        turn = [number] if number else []
        yield from ((number, item) for item in shuffled(ids, seed, language, order, "prompts", *turn))


def usable_rows(seeds: pd.DataFrame, language: str) -> tuple[list[Json], list[str]]:
    """Training rows of a language with distinct prompts, sorted by seed_id, and why the others were left out."""
    rows = seeds[(seeds["split"] == "train") & (seeds["language"] == language)]
    allowed = _training_rows(seeds, language)
    distinct = _distinct_prompts(allowed)
    reasons = ["held_out"] * (len(rows) - len(allowed)) + ["same_prompt"] * (len(allowed) - len(distinct))
    return distinct, reasons


def parallel_rows(seeds: pd.DataFrame, language: str) -> list[Json]:
    """Training rows of a language whose English text is a training row too, with it as `english`; distinct prompts."""
    english = {row["parallel_id"]: row["prompt"] for row in reversed(_training_rows(seeds, ENGLISH))}
    english.pop(None, None)
    rows = [row for row in _training_rows(seeds, language) if row["parallel_id"] in english]
    return _distinct_prompts([{**row, "english": english[row["parallel_id"]]} for row in rows])


def _training_rows(seeds: pd.DataFrame, language: str) -> list[Json]:
    """Training rows of a language, sorted by seed_id.

    Sources know nothing of each other: a prompt that any of them holds out for a benchmark is left out of all.
    """
    held_out = {comparable(prompt) for prompt in seeds.loc[seeds["split"] == "benchmark", "prompt"]}
    rows = seeds[(seeds["split"] == "train") & (seeds["language"] == language)].sort_values("seed_id")
    return [row for row in rows.to_dict("records") if comparable(row["prompt"]) not in held_out]


def _distinct_prompts(rows: list[Json]) -> list[Json]:
    """The first row of each prompt."""
    return list({comparable(row["prompt"]): row for row in reversed(rows)}.values())[::-1]


def _request(method: str, language: str, source: Json | None, shown: list[Json], number: int = 0) -> Json:
    """One request about a source row, or about none; `number` tells requests about the same rows apart."""
    ids = [row["seed_id"] for row in ([source] if source else []) + shown]
    return {
        "request_id": content_id(method, language, number, *ids),
        "method": method,
        "language": language,
        "seed_ids": ids,
        "source_prompt": source["prompt"] if source else None,
        "source_response": source["response"] if source and method in PAIRED else None,
        "demonstrations": [
            {"english": row.get("english"), "prompt": row["prompt"], "response": row["response"]} for row in shown
        ],
    }


def _draws(pool: list[Json], seed: int, language: str, method: str) -> Iterator[Json]:
    """The pool's rows in seeded order, again and again, in another order each time; nothing where it is empty."""
    by_id = {row["seed_id"]: row for row in pool}
    turn = 0
    while by_id:
        yield from (by_id[item] for item in shuffled(by_id, seed, language, method, "demonstrations", turn))
        turn += 1


def _take(draws: Iterator[Json], pool: list[Json], number: int, without: str = "") -> list[Json]:
    """The next `number` different rows, fewer where the pool holds no more; none that says `without`."""
    taken: dict[str, Json] = {}
    for row in itertools.islice(draws, 2 * len(pool) if number else 0):  # two rounds hold every row
        if without not in (comparable(row["prompt"]), comparable(row.get("english") or row["prompt"])):
            taken[row["seed_id"]] = row
        if len(taken) == number:
            break
    return list(taken.values())


NEEDED = ["seed_id", "language", "split", "prompt", "response", "parallel_id"]


def main() -> None:
    """Parse the command line, select, write requests and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=Path, nargs="+", required=True, help="seed tables (.parquet)")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--method", required=True, choices=METHODS)
    parser.add_argument("--count", type=int, required=True, help="requests wanted")
    parser.add_argument("--examples", type=int, required=True, help="demonstrations in each request")
    parser.add_argument("--rounds", type=int, default=1, help="times that a prompt may be asked where prompts run out")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    arguments = parser.parse_args()
    seeds = pd.concat([read_parquet(path, NEEDED)[NEEDED] for path in arguments.seeds], ignore_index=True)
    chosen = select(
        seeds,
        arguments.language,
        arguments.method,
        count=arguments.count,
        examples=arguments.examples,
        rounds=arguments.rounds,
        seed=arguments.seed,
    )
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        chosen.seen,
        chosen.usable,
        chosen.reasons,
        wanted=arguments.count,
        requests=len(chosen.table),
        short=arguments.count - len(chosen.table),
        demonstration_rows=chosen.demonstrations,
    )
    write_parquet(arguments.out, chosen.table)


if __name__ == "__main__":
    run(main)
