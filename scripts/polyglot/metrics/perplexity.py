"""Perplexity of a data set's responses, given their prompts, for one student base (the paper's Table 11).

Reads the frozen rows (parquet: row_id, prompt, response) and the likelihoods of their texts (see
`metrics.perplexity_rows`). Writes the mean over rows, the median and the token-weighted figure as JSON, and each row's
scored tokens, summed NLL in nats and perplexity as parquet, with the mean rank, NLL and NLL without the prompt of its
tokens and its one-shot gain, by which teachers are screened. Rows that could not be scored are counted ("unscorable")
and null in the table.
"""

import argparse
import math
import statistics
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_json, write_parquet
from polyglot.metrics.row_scores import pair_ids, scores_of


def row_perplexities(nll: Sequence[float | None], tokens: Sequence[int]) -> list[float | None]:
    """exp(NLL / tokens) of each row; None for a row that was not scored (NLL None)."""
    return [None if item is None else math.exp(item / count) for item, count in zip(nll, tokens, strict=True)]


def summarise(nll: Sequence[float | None], tokens: Sequence[int]) -> dict[str, float | int]:
    """The metric's figures from each row's summed NLL (nats; None: unscorable) and number of scored tokens.

    `perplexity` is the mean over rows of exp(NLL / tokens), `median` their median, `token_weighted` exp of the NLL
    per token over all rows. Raises InputError where no row is scorable.
    """
    perplexities = [row_perplexity for row_perplexity in row_perplexities(nll, tokens) if row_perplexity is not None]
    if not perplexities:
        raise InputError(
            f"perplexity: none of {len(nll)} rows can be scored; raise training.max_length, score in float32, or look "
            "at the rows"
        )
    total = math.fsum(item for item in nll if item is not None)
    count = sum(count for item, count in zip(nll, tokens, strict=True) if item is not None)
    return {
        "perplexity": math.fsum(perplexities) / len(perplexities),
        "median": statistics.median(perplexities),
        "token_weighted": math.exp(total / count),
        "rows": len(nll),
        "unscorable": len(nll) - len(perplexities),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--likelihoods", type=Path, nargs="+", required=True, help="likelihoods of their texts")
    parser.add_argument("--out", type=Path, required=True, help="the figures, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row values, parquet")
    args = parser.parse_args()
    rows = read_parquet(args.data, ["row_id", "prompt", "response"])
    scored = scores_of(args.likelihoods, pair_ids(rows))
    tokens = scored["tokens"].tolist()
    nll = [None if math.isnan(value) else value for value in scored["nll"]]
    figures = summarise(nll, tokens)
    values = {"nll": nll, "perplexity": row_perplexities(nll, tokens)}
    table = pd.DataFrame({"row_id": rows["row_id"], "tokens": tokens, **values})
    table = table.astype({"nll": "float64", "perplexity": "float64"})
    table["token_nll"] = table["nll"] / table["tokens"]
    write_parquet(args.rows, table.join(scored[["rank", "alone_nll", "one_shot_gain"]]))
    write_json(args.out, figures)


if __name__ == "__main__":
    run(main)
