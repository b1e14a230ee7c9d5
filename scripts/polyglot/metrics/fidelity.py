"""Language fidelity: the share of a teacher's answers, before any filter, that are in the language asked for.

Reads the answers of the methods of a data set's recipe, kept and rejected, and the frozen rows of the data set
(parquet: row_id, prompt, response). Writes the shares as JSON and, for each frozen row, the language identified in each
text and whether it is in the cell's (`core.language.in_language`; empty if undetermined) as parquet. An answer is
foreign if its prompt or its response is in another language, and undetermined if neither can be told; those are counted
apart.
"""

import argparse
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet, write_json, write_parquet
from polyglot.core.language import identify, in_language

TEXTS = ("prompt", "response")


def identified(rows: pd.DataFrame, language: str) -> pd.DataFrame:
    """Per row and text: `{text}_language` identified, and `{text}_ok`, whether it is in `language` (ISO 639-1)."""
    table = rows[["row_id"]].copy()
    for text in TEXTS:
        texts = rows[text].tolist()
        table[f"{text}_language"] = [identify(item)[0] for item in tqdm(texts, desc=text)]
        table[f"{text}_ok"] = pd.array([in_language(item, language) for item in texts], dtype="boolean")
    return table


def shares(table: pd.DataFrame) -> Json:
    """The metric's figures: shares of texts and of answers in the language, among those that can be told."""
    prompts, responses = table["prompt_ok"], table["response_ok"]
    foreign = prompts.eq(False).fillna(False) | responses.eq(False).fillna(False)
    both = (prompts | responses).mask(foreign, False)
    return {
        "prompt_fidelity": _share(prompts),
        "response_fidelity": _share(responses),
        "language_fidelity": _share(both),
        "answers": len(table),
        "undetermined": int(both.isna().sum()),
    }


def _share(judged: pd.Series) -> float | None:
    return float(judged.mean()) if judged.notna().any() else None


def answers(paths: list[Path]) -> tuple[pd.DataFrame, int]:
    """The answers with both texts in some tables, and how many have none: what was empty or could not be read."""
    table = pd.concat([read_parquet(path, ["row_id", *TEXTS])[["row_id", *TEXTS]] for path in paths])
    read = table[list(TEXTS)].notna().all(axis=1) & table[list(TEXTS)].ne("").all(axis=1)
    return table[read], int((~read).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument(
        "--answers", type=Path, nargs="+", required=True, help="all answers, kept and rejected, parquet"
    )
    parser.add_argument("--language", required=True, help="ISO 639-1 code of the cell's language")
    parser.add_argument("--out", type=Path, required=True, help="the shares, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row languages, parquet")
    args = parser.parse_args()
    rows = read_parquet(args.data, ["row_id", *TEXTS])
    if rows.empty:
        raise InputError(f"{args.data}: holds no rows to measure; make the file again")
    written, unread = answers(args.answers)
    write_parquet(args.rows, identified(rows, args.language))
    figures = shares(identified(written, args.language))
    write_json(args.out, {**figures, "unread": unread, "rows": len(rows)})


if __name__ == "__main__":
    run(main)
