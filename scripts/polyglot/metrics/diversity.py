"""Diversity of a data set's prompts and of its responses: 1 - mean cosine over pairs of rows (the paper's Table 11).

Reads the frozen rows (parquet: row_id, prompt, response) and an embedder's model folder; any causal or embedding model
that vLLM can pool will do. Writes the two figures as JSON and, for each row, its mean cosine distance to the other
rows as parquet. A text of more than --max-model-len tokens is embedded by its first tokens, and counted ("truncated").

The mean is a closed form in float64, without an N x N matrix. With unit rows u_1 ... u_N and S = sum of all u_i, the
mean cosine over ordered pairs i != j is (|S|^2 - N) / (N(N - 1)), and that of row i to the others
(u_i . S - 1) / (N - 1).
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polyglot.core.engine import load_engine, prepare_environment
from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_json, write_parquet

BLOCK = 256  # rows in float64 at a time: with 4,096 dimensions 8 MB, which stays in the cache


def mean_distances(embeddings: np.ndarray, names: Sequence[str]) -> tuple[float, np.ndarray]:
    """Mean cosine distance over all pairs, and each row's mean distance to the other rows (N, float64), both in [0, 2].

    `embeddings` is (N, D), of any length and float type; `names` (N) are the rows' names for errors.
    Raises InputError where N < 2, or naming the first row that is zero or not finite: such a row has no direction.
    """
    count = len(embeddings)
    if count < 2:
        raise InputError(f"diversity: {count} row(s) have no pair to compare; give at least 2 rows")
    total = np.zeros(embeddings.shape[1])
    inverse = np.empty(count)
    for rows, block in _blocks(embeddings):
        squares = np.einsum("ij,ij->i", block, block)
        unusable = np.flatnonzero(~np.isfinite(squares) | (squares == 0))
        if len(unusable):
            fault = f"row {names[rows.start + unusable[0]]}: its embedding is zero or not finite"
            raise InputError(f"{fault}; look at the row's text and at the embedder")
        inverse[rows] = 1 / np.sqrt(squares)
        total += np.einsum("i,ij->j", inverse[rows], block)
    per_row = np.empty(count)
    for rows, block in _blocks(embeddings):
        per_row[rows] = 1 - (inverse[rows] * np.einsum("ij,j->i", block, total) - 1) / (count - 1)
    return 1 - (float(total @ total) - count) / (count * (count - 1)), per_row


def _blocks(embeddings: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Successive (rows, float64 copy of these rows); every copy uses the same memory."""
    buffer = np.empty((BLOCK, embeddings.shape[1]))
    for start in range(0, len(embeddings), BLOCK):
        rows = slice(start, min(start + BLOCK, len(embeddings)))
        block = buffer[: rows.stop - start]
        block[:] = embeddings[rows]
        yield rows, block


if TYPE_CHECKING:
    from vllm import LLM

TEXTS = ("prompt", "response")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--model", type=Path, required=True, help="model folder of the embedder")
    parser.add_argument("--embedder", required=True, help="the embedder's name, for the record")
    parser.add_argument("--pooling", required=True, choices=["MEAN", "LAST", "CLS"])
    parser.add_argument("--dtype", required=True, help="float32, bfloat16, ...")
    parser.add_argument("--max-model-len", type=int, required=True, help="tokens of a text that are embedded at most")
    parser.add_argument("--gpus", type=int, required=True, help="GPUs to spread the model over; 0 is the CPU")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the two figures, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row distances, parquet")
    return parser.parse_args()


def load_embedder(args: argparse.Namespace) -> "LLM":
    """The embedder as a vLLM pooling engine. Chunked prefill is off: a mean needs all of a text's tokens at once."""
    prepare_environment()
    from vllm.config import PoolerConfig

    return load_engine(
        args.model,
        dtype=args.dtype,
        max_model_len=args.max_model_len,
        seed=args.seed,
        gpus=args.gpus,
        runner="pooling",
        convert="embed",
        pooler_config=PoolerConfig(pooling_type=args.pooling),
    )


def embed(engine: "LLM", texts: Sequence[str], names: Sequence[str], limit: int) -> tuple[np.ndarray, int]:
    """Embeddings (N, D) float32 of `texts`, and how many texts were longer than `limit` tokens and were cut.

    Tokens are those that the tokenizer gives by itself, BOS or EOS included where it adds them; a cut text keeps them.
    Raises InputError naming the row of an empty text.
    """
    tokenizer = engine.get_tokenizer()
    lengths = [len(ids) for ids in tokenizer(list(texts))["input_ids"]]
    for name, text, length in zip(names, texts, lengths, strict=True):
        if not text.strip() or not length:  # with BOS alone it would have an embedding, but of nothing
            raise InputError(f"row {name}: an empty text has no place in diversity; remove the row")
    sequences = tokenizer(list(texts), truncation=True, max_length=limit)["input_ids"]
    outputs = engine.embed([{"prompt_token_ids": ids} for ids in sequences])
    embeddings = np.array([output.outputs.embedding for output in outputs], dtype=np.float32)
    return embeddings, sum(length > limit for length in lengths)


def main() -> None:
    args = arguments()
    rows = read_parquet(args.data, ["row_id", *TEXTS])
    names = rows["row_id"].tolist()
    engine = load_embedder(args)
    figures = {"embedder": args.embedder, "rows": len(rows), "truncated": 0}
    table = rows[["row_id"]].copy()
    for text in TEXTS:
        embeddings, truncated = embed(engine, rows[text].tolist(), names, args.max_model_len)
        figures[f"{text}_diversity"], table[f"{text}_distance"] = mean_distances(embeddings, names)
        figures["truncated"] += truncated
    write_parquet(args.rows, table)
    write_json(args.out, figures)


if __name__ == "__main__":
    run(main)
