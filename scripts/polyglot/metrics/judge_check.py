"""Make rows of known badness beside real ones, by which a judge is checked in one language.

Reads seed tables (parquet) and the sentences of empty praise (YAML: language → sentence). Of pairs that people wrote it
takes the first in a seeded order, no prompt and no answer twice, and gives each prompt its own answer and bad ones:

- praise: a sentence that praises the question and says nothing of it;
- other_language: the answer of a pair in another language, of people where the tables have any;
- other_prompt: the answer to another of the prompts;
- copied_prompt: the prompt itself.

Writes the rows (parquet: row_id, kind, seed_id, answer_id, prompt, response; `answer_id` is the seed whose answer it
is) and the counts: of the pairs seen, which were kept, and the rows of each kind. A kind that a language has no text
for has no rows; a language without pairs has none at all.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet, write_counts, write_parquet
from polyglot.core.identity import comparable, content_id, shuffled
from polyglot.evaluation.held_out import answered_rows

REAL = "real"
BAD = ("praise", "other_language", "other_prompt", "copied_prompt")
COLUMNS = ["row_id", "kind", "seed_id", "answer_id", "prompt", "response"]


def pairs(seeds: pd.DataFrame, sources: Sequence[str], language: str, rows: int, seed: int) -> tuple[list[Json], list]:
    """At most `rows` pairs of `sources` in a seeded order, no prompt or answer twice; the reasons for the others."""
    known, reasons = answered_rows(seeds[seeds["source"].isin(sources)], language)
    chosen, answers = [], set()
    for seed_id in shuffled(known, seed, "judge check"):
        answer = comparable(known[seed_id]["response"])
        if answer in answers:
            reasons.append("same_answer")
        elif len(chosen) == rows:
            reasons.append("not_needed")
        else:
            chosen.append(known[seed_id])
            answers.add(answer)
    return chosen, reasons


def foreign(seeds: pd.DataFrame, sources: Sequence[str], language: str, rows: int, seed: int) -> list[Json]:
    """Pairs in other languages, as many as `rows` if there are so many; of people where there are any."""
    others = sorted(set(seeds["language"]) - {language})
    for table in (seeds[seeds["source"].isin(sources)], seeds):
        known = {name: row for code in others for name, row in answered_rows(table, code)[0].items()}
        if known:
            return [known[name] for name in shuffled(known, seed, "judge check", "foreign")[:rows]]
    return []


def checked_rows(chosen: Sequence[Json], others: Sequence[Json], praise: str | None) -> pd.DataFrame:
    """The rows of `COLUMNS`: those of each kind together, prompts in the order of `chosen`."""
    turned = [*chosen[1:], *chosen[:1]] if len(chosen) > 1 else []
    answers: dict[str, list[tuple[str | None, str]]] = {
        REAL: [(pair["seed_id"], pair["response"]) for pair in chosen],
        "praise": [(None, praise)] * len(chosen) if praise else [],
        "other_language": [
            (others[place % len(others)]["seed_id"], others[place % len(others)]["response"])
            for place in range(len(chosen) if others else 0)
        ],
        "other_prompt": [(pair["seed_id"], pair["response"]) for pair in turned],
        "copied_prompt": [(None, pair["prompt"]) for pair in chosen],
    }
    rows = [
        (content_id(kind, pair["seed_id"]), kind, pair["seed_id"], answer_id, pair["prompt"], answer)
        for kind, given in answers.items()
        for pair, (answer_id, answer) in zip(chosen, given, strict=bool(given))
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def read_praise(path: Path, language: str) -> str | None:
    """The sentence of a language; None without one. Raises InputError for a file that is not language → sentence."""
    try:
        sentences = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable as YAML ({error}); fix it") from error
    if not isinstance(sentences, dict) or not all(isinstance(text, str) for text in sentences.values()):
        raise InputError(f"{path}: not a sentence for each language; write lines like `es: ¡Qué pregunta!`")
    return sentences.get(language)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=Path, nargs="+", required=True, help="seed tables, parquet")
    parser.add_argument("--sources", nargs="+", required=True, help="the sources whose answers people wrote")
    parser.add_argument("--praise", type=Path, required=True, help="sentences of praise, YAML")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--pairs", type=int, required=True, help="pairs to take")
    parser.add_argument("--seed", type=int, required=True, help="seed of the order")
    parser.add_argument("--out", type=Path, required=True, help="the rows, parquet; .counts.json goes beside it")
    args = parser.parse_args()
    columns = ["seed_id", "source", "language", "prompt", "response"]
    seeds = pd.concat([read_parquet(path, columns)[columns] for path in args.seeds])
    chosen, reasons = pairs(seeds, args.sources, args.language, args.pairs, args.seed)
    others = foreign(seeds, args.sources, args.language, len(chosen), args.seed)
    table = checked_rows(chosen, others, read_praise(args.praise, args.language))
    write_parquet(args.out, table)
    kinds = {kind: int((table["kind"] == kind).sum()) for kind in (REAL, *BAD)}
    counts = {"rows": len(table), "kinds": kinds}
    write_counts(args.out.with_suffix(".counts.json"), len(chosen) + len(reasons), len(chosen), reasons, **counts)


if __name__ == "__main__":
    run(main)
