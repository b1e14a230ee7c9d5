"""Write a shard of a corpus as tokens: every document, then an end of text, as 16-bit numbers.

Reads what is left of the shard after cleaning (parquet: id, text) and a tokenizer's folder. Documents that are held out
go into a file of their own. A text that spells the end of a text or of a turn stays text; the marks of masked personal
data are the tokens that they are. Writes the two files, and their documents, tokens and bytes.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polyglot.core.control_tokens import MARK, encode_text
from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, whole, write_counts
from polyglot.core.texts import UNREADABLE
from polyglot.pretraining.held_out_documents import is_held_out
from polyglot.pretraining.token_blocks import LARGEST_VOCABULARY, TOKEN

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase as Tokenizer

AT_ONCE = 256  # documents that the tokenizer gets together, for its threads
TURN_END = "<|sep|>"


def load_tokenizer(folder: Path) -> "Tokenizer":
    """A tokenizer that 16 bits can hold, with an end of text. Raises InputError."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    if len(tokenizer) > LARGEST_VOCABULARY:
        raise InputError(
            f"{folder}: its vocabulary of {len(tokenizer)} is more than the {LARGEST_VOCABULARY} that 16 bits hold;"
            " train a smaller one"
        )
    if tokenizer.eos_token_id is None:
        raise InputError(f"{folder}: has no end-of-text token, which stands between documents; train it again")
    return tokenizer


def encoded(tokenizer: "Tokenizer", texts: Iterable[str]) -> Iterator[list[int]]:
    """Tokens of each text and its end."""
    controls = [token for token in (tokenizer.eos_token, TURN_END) if token in tokenizer.get_vocab()]
    batch: list[str] = []

    def ready() -> Iterator[list[int]]:
        plain = [text for text in batch if MARK not in text]
        results = iter(tokenizer(plain, add_special_tokens=False).input_ids if plain else ())
        for text in batch:
            ids = encode_text(tokenizer, text, add_special_tokens=False)["input_ids"] if MARK in text else next(results)
            yield [*ids, tokenizer.eos_token_id]
        batch.clear()

    for text in texts:
        text = text.replace(MARK, UNREADABLE)
        for control in controls:
            text = text.replace(control, control[0] + MARK + control[1:])
        batch.append(text)
        if len(batch) == AT_ONCE:
            yield from ready()
    yield from ready()


def write_tokens(path: Path, tokenizer: "Tokenizer", texts: Iterable[str]) -> int:
    """Write the token file of `texts`; returns its number of tokens."""
    number = 0
    with whole(path) as temporary, open(temporary, "wb") as out:
        for ids in encoded(tokenizer, texts):
            out.write(np.array(ids, TOKEN).tobytes())
            number += len(ids)
    return number


def main() -> None:
    """Parse the command line and write the shard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, required=True, help="parquet: id, text")
    parser.add_argument("--tokenizer", type=Path, required=True, help="folder of the tokenizer")
    parser.add_argument("--held-out-percent", type=int, required=True, help="of 100 documents, by a hash of their ids")
    parser.add_argument("--train", type=Path, required=True, help="{shard}.train.bin")
    parser.add_argument("--held-out", type=Path, required=True, help="{shard}.held_out.bin")
    parser.add_argument("--counts", type=Path, required=True, help="{shard}.counts.json")
    arguments = parser.parse_args()
    tokenizer = load_tokenizer(arguments.tokenizer)
    documents = read_parquet(arguments.documents, ["id", "text"])
    texts = documents["text"].fillna("")
    empty = texts == ""
    aside = documents["id"].map(lambda name: is_held_out(name, arguments.held_out_percent))
    parts = {"train": texts[~empty & ~aside], "held_out": texts[~empty & aside]}
    files = {"train": arguments.train, "held_out": arguments.held_out}
    write_counts(
        arguments.counts,
        seen=len(documents),
        kept=int((~empty).sum()),
        reasons=["no text"] * int(empty.sum()),
        documents={part: len(own) for part, own in parts.items()},
        tokens={part: write_tokens(files[part], tokenizer, own) for part, own in parts.items()},
        bytes={part: int(own.map(lambda text: len(text.encode())).sum()) for part, own in parts.items()},
    )


if __name__ == "__main__":
    run(main)
