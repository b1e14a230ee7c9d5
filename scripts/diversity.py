"""Diversity of a cell's prompts and of its responses: 1 - mean cosine over pairs of rows (the paper's Table 11).

Reads the frozen rows (parquet: row_id, prompt, response) and an embedder's model folder; any causal or embedding model
that vLLM can pool will do. Writes the two figures as JSON and, for each row, its mean cosine distance to the other
rows as parquet. A text of more than --max-model-len tokens is embedded by its first tokens, and counted ("truncated").
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from polyglot.diversity import mean_distances
from polyglot.engine import load_engine, prepare_environment
from polyglot.errors import InputError, run
from polyglot.files import read_parquet, write_json, write_parquet

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
