"""Diversity of a data set's prompts and of its responses: 1 - mean cosine over pairs of rows (the paper's Table 11).

Reads the frozen rows (parquet: row_id, prompt, response) and the embeddings of their texts (see `metrics.embed_rows`).
Writes the two figures as JSON and, for each row, its mean cosine distance to the other rows as parquet. Texts that were
embedded by their first tokens alone are counted ("truncated").

The mean is a closed form in float64, without an N x N matrix. With unit rows u_1 ... u_N and S = sum of all u_i, the
mean cosine over ordered pairs i != j is (|S|^2 - N) / (N(N - 1)), and that of row i to the others
(u_i . S - 1) / (N - 1).
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_json, write_parquet
from polyglot.core.identity import content_id
from polyglot.metrics.row_scores import scores_of

TEXTS = ("prompt", "response")
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


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--embeddings", type=Path, nargs="+", required=True, help="embeddings of their texts, parquet")
    parser.add_argument("--embedder", required=True, help="the embedder's name, for the record")
    parser.add_argument("--out", type=Path, required=True, help="the two figures, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row distances, parquet")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    rows = read_parquet(args.data, ["row_id", *TEXTS])
    names = rows["row_id"].tolist()
    figures = {"embedder": args.embedder, "rows": len(rows), "truncated": 0}
    table = rows[["row_id"]].copy()
    for text in TEXTS:
        embedded = scores_of(args.embeddings, [content_id(item) for item in rows[text]])
        vectors = np.stack(embedded["embedding"].tolist()) if len(embedded) else np.empty((0, 1))
        figures[f"{text}_diversity"], table[f"{text}_distance"] = mean_distances(vectors, names)
        figures["truncated"] += int(embedded["truncated"].sum())
    write_parquet(args.rows, table)
    write_json(args.out, figures)


if __name__ == "__main__":
    run(main)
