"""Length of a cell's prompts and responses, in tokens of one tokenizer and in characters.

Reads the frozen rows (parquet: row_id, prompt, response) and tokenizer.json of a model folder; the weights are not
needed. Writes the means as JSON and each row's four lengths as parquet. Tokens are counted without BOS or EOS;
characters are Unicode code points of the NFC form.
"""

import argparse
import unicodedata
from pathlib import Path

import pandas as pd
from tokenizers import Tokenizer

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_json, write_parquet

TEXTS = ("prompt", "response")


def load_tokenizer(model: Path) -> Tokenizer:
    """The tokenizer of a model folder, never cutting or padding. Raises InputError naming its file."""
    path = model / "tokenizer.json"
    if not path.is_file():
        raise InputError(
            f"{path}: not found; remake the folder with prepare_model, or name a model with a fast tokenizer"
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more special
        raise InputError(f"{path}: not a readable tokenizer ({error}); remake the folder with prepare_model") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # a row that spells one is text
    return tokenizer


def lengths(rows: pd.DataFrame, tokenizer: Tokenizer) -> pd.DataFrame:
    """A row's id and the length of its prompt and response in tokens and in characters, in the order of `rows`."""
    table = rows[["row_id"]].copy()
    for text in TEXTS:
        texts = [unicodedata.normalize("NFC", row) for row in rows[text]]
        table[f"{text}_length"] = [len(item.ids) for item in tokenizer.encode_batch(texts, add_special_tokens=False)]
        table[f"{text}_characters"] = [len(item) for item in texts]
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--model", type=Path, required=True, help="model folder whose tokenizer counts")
    parser.add_argument("--out", type=Path, required=True, help="the means, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row lengths, parquet")
    args = parser.parse_args()
    rows = read_parquet(args.data, ["row_id", *TEXTS])
    if rows.empty:
        raise InputError(f"{args.data}: holds no rows to measure; make the file again")
    table = lengths(rows, load_tokenizer(args.model))
    means = table.drop(columns="row_id").mean()
    write_parquet(args.rows, table)
    write_json(args.out, {**means.to_dict(), "rows": len(table)})


if __name__ == "__main__":
    run(main)
