"""Embeddings of the texts of rows, each text once.

Reads tables of rows (parquet: prompt, response) and an embedder's model folder; any causal or embedding model that vLLM
can pool will do. Writes a line a text: its embedding (float32) and whether it was longer than --max-model-len tokens
and is embedded by its first tokens.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from polyglot.core.control_tokens import PLAIN
from polyglot.core.engine import check_model, load_engine, prepare_environment
from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet
from polyglot.core.identity import content_id
from polyglot.hub.model_folder import fingerprint
from polyglot.metrics.row_scores import score_once

if TYPE_CHECKING:
    from vllm import LLM

TEXTS = ("prompt", "response")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="tables of rows, parquet")
    parser.add_argument("--model", type=Path, required=True, help="model folder of the embedder")
    parser.add_argument("--pooling", required=True, choices=["MEAN", "LAST", "CLS"])
    parser.add_argument("--dtype", required=True, help="float32, bfloat16, ...")
    parser.add_argument("--max-model-len", type=int, required=True, help="tokens of a text that are embedded at most")
    parser.add_argument("--gpus", type=int, required=True, help="GPUs to spread the model over; 0 is the CPU")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="embeddings, parquet")
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


def embed(engine: "LLM", texts: Sequence[str], limit: int) -> tuple[np.ndarray, list[bool]]:
    """Embeddings (N, D) float32 of `texts`, and which texts were longer than `limit` tokens and were cut.

    Tokens are those that the tokenizer gives by itself, BOS or EOS included where it adds them; a cut text keeps them.
    Raises InputError for an empty text.
    """
    tokenizer = engine.get_tokenizer()
    lengths = [len(ids) for ids in tokenizer(list(texts), **PLAIN)["input_ids"]]
    for text, length in zip(texts, lengths, strict=True):
        if not text.strip() or not length:  # with BOS alone it would have an embedding, but of nothing
            raise InputError(f"text {content_id(text)}: an empty text has no place in diversity; remove its row")
    sequences = tokenizer(list(texts), truncation=True, max_length=limit, **PLAIN)["input_ids"]
    outputs = engine.embed([{"prompt_token_ids": ids} for ids in sequences])
    embeddings = np.array([output.outputs.embedding for output in outputs], dtype=np.float32)
    return embeddings, [length > limit for length in lengths]


def main() -> None:
    args = arguments()
    check_model(args.model)
    rows = pd.concat([read_parquet(file, TEXTS)[list(TEXTS)] for file in args.data])
    texts = pd.DataFrame({"text": pd.concat([rows[name] for name in TEXTS]).drop_duplicates()})
    texts["text_id"] = [content_id(text) for text in texts["text"]]

    def score(new: pd.DataFrame) -> pd.DataFrame:
        if new.empty:
            return pd.DataFrame({"embedding": [], "truncated": []})
        embeddings, truncated = embed(load_embedder(args), new["text"].tolist(), args.max_model_len)
        return pd.DataFrame({"embedding": list(embeddings), "truncated": truncated})

    made_with = f"{fingerprint(args.model)} {args.pooling} {args.dtype} {args.max_model_len}"
    score_once(args.out, texts.drop_duplicates("text_id"), made_with, score)


if __name__ == "__main__":
    run(main)
