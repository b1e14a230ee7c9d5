"""Language fidelity of a cell: the share of rows whose prompt and response are both in the cell's language.

Reads the frozen rows (parquet: row_id, prompt, response). Writes the shares as JSON and, for each row, the language
identified in each text and whether each counts as the cell's (`core.language.is_language`, which allows for the
identifier's weakness on a few words) as parquet.
"""

import argparse
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet, write_json, write_parquet
from polyglot.core.language import identify, is_language

TEXTS = ("prompt", "response")


def identified(rows: pd.DataFrame, language: str) -> pd.DataFrame:
    """Per row and text: `{text}_language` identified, and `{text}_ok`, whether it is in `language` (ISO 639-1)."""
    table = rows[["row_id"]].copy()
    for text in TEXTS:
        texts = rows[text].tolist()
        table[f"{text}_language"] = [identify(item)[0] for item in tqdm(texts, desc=text)]
        table[f"{text}_ok"] = [is_language(item, language) for item in texts]
    return table


def shares(table: pd.DataFrame) -> Json:
    """The metric's figures: shares of rows whose prompt, response, and both are in the language."""
    prompts, responses = table["prompt_ok"], table["response_ok"]
    return {
        "prompt_fidelity": float(prompts.mean()),
        "response_fidelity": float(responses.mean()),
        "language_fidelity": float((prompts & responses).mean()),
        "rows": len(table),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--language", required=True, help="ISO 639-1 code of the cell's language")
    parser.add_argument("--out", type=Path, required=True, help="the shares, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row languages, parquet")
    args = parser.parse_args()
    rows = read_parquet(args.data, ["row_id", *TEXTS])
    if rows.empty:
        raise InputError(f"{args.data}: holds no rows to measure; make the file again")
    table = identified(rows, args.language)
    write_parquet(args.rows, table)
    write_json(args.out, shares(table))


if __name__ == "__main__":
    run(main)
