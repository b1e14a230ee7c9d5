"""Diversity: mean pairwise cosine distance of embeddings, in closed form and float64, without an N x N matrix.

With unit rows u_1 ... u_N and S = sum of all u_i, the mean cosine over ordered pairs i != j is
(|S|^2 - N) / (N(N - 1)), and the mean cosine of row i to the others is (u_i . S - 1) / (N - 1).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from polyglot.errors import InputError

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
