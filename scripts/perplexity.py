"""Perplexity of a cell's responses, given their prompts, for one student base (the paper's Table 11).

Reads the frozen rows (parquet: row_id, prompt, response) and the student base's model folder. Writes the mean over
rows, the median and the token-weighted figure as JSON, and each row's scored tokens, summed NLL in nats and perplexity
as parquet. A row without a response, or with as many tokens as --max-model-len or more, cannot be scored: it is
counted ("unscorable") and null in the table, never cut. (The engine keeps one position for a token to come.)
"""

import argparse
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from polyglot.engine import load_engine
from polyglot.errors import run
from polyglot.files import read_parquet, write_json, write_parquet
from polyglot.perplexity import check_template, encode, negative_log_likelihood, row_perplexities, score, summarise

CHUNK = 1000  # rows scored at a time, because the engine's answer holds an object a token


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--model", type=Path, required=True, help="model folder of the student base")
    parser.add_argument("--dtype", required=True, help="float32 for exact values; bfloat16 is up to 9% off a row")
    parser.add_argument("--max-model-len", type=int, required=True, help="a row must have fewer tokens than this")
    parser.add_argument("--gpus", type=int, required=True, help="GPUs to spread the model over; 0 is the CPU")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the figures, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row values, parquet")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    rows = read_parquet(args.data, ["row_id", "prompt", "response"])
    engine = load_engine(
        args.model,
        dtype=args.dtype,
        max_model_len=args.max_model_len,
        seed=args.seed,
        gpus=args.gpus,
        enable_prefix_caching=False,
    )
    tokenizer = engine.get_tokenizer()
    check_template(tokenizer, args.model)
    encoded = [encode(tokenizer, row.prompt, row.response) for row in rows.itertuples()]
    scorable = [index for index, (ids, positions) in enumerate(encoded) if positions and len(ids) < args.max_model_len]
    nll: list[float | None] = [None] * len(rows)
    for start in tqdm(range(0, len(scorable), CHUNK), desc="scoring"):
        chunk = scorable[start : start + CHUNK]
        logprobs = score(engine, [encoded[index][0] for index in chunk])
        for index, values in zip(chunk, logprobs, strict=True):
            nll[index] = negative_log_likelihood(values, encoded[index][1], rows["row_id"].iloc[index])
    tokens = [len(positions) for _, positions in encoded]
    figures = summarise(nll, tokens)
    values = {"nll": nll, "perplexity": row_perplexities(nll, tokens)}
    table = pd.DataFrame({"row_id": rows["row_id"], "tokens": tokens, **values})
    write_parquet(args.rows, table.astype({"nll": "float64", "perplexity": "float64"}))
    write_json(args.out, figures)


if __name__ == "__main__":
    run(main)
