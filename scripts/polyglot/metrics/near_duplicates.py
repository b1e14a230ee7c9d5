"""Near-duplicates within a data set: texts that share most of their n-grams with one of an earlier row.

Reads the frozen rows (parquet: row_id, prompt, response). Two texts are near-duplicates if the Jaccard similarity of
their sets of n-grams is at least `LIMIT`; a text shorter than that is its own n-gram. Words and characters are compared
as in the search for contamination (`overlap.tokens`). Every pair is compared, through a sparse matrix: nothing is
estimated. Writes the shares of rows with an earlier near-duplicate as JSON and, for each row, that row as parquet.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_json, write_parquet
from polyglot.metrics.overlap import Numbers, Unit, grams, numbers

TEXTS = ("prompt", "response")
WORDS, CHARACTERS = 3, 8  # of an n-gram
LIMIT = 0.7  # of 20 words one is another, or two at the end
BLOCK = 512  # rows compared with all others at a time


def gram_set(text: str, unit: Unit) -> Numbers:
    """The different n-grams of a text; of one shorter than n, all of it; none of a text without letters and digits."""
    sought = numbers(text, unit)
    return np.unique(grams(sought, min(unit.n, len(sought)))) if len(sought) else sought


def earlier_twins(texts: Sequence[str], unit: Unit, limit: float = LIMIT) -> list[int | None]:
    """For each text the place of the first earlier one that is nearly the same; None without one."""
    sets = [gram_set(text, unit) for text in texts]
    sizes = np.array([len(item) for item in sets])
    if not sizes.sum():
        return [None] * len(texts)
    _, columns, holders = np.unique(np.concatenate(sets), return_inverse=True, return_counts=True)
    shared = holders[columns] > 1  # what one text alone holds is in no pair
    rows = np.repeat(np.arange(len(texts)), sizes)[shared]
    matrix = csr_matrix((np.ones(len(rows), dtype=np.int32), (rows, columns[shared])), (len(texts), len(holders)))
    twins: list[int | None] = [None] * len(texts)
    for start in range(0, len(texts), BLOCK):
        common = (matrix[start : start + BLOCK] @ matrix.T).tocoo()
        later, earlier = common.row + start, common.col
        near = common.data >= limit * (sizes[later] + sizes[earlier] - common.data)
        for row, twin in sorted(zip(later[near].tolist(), earlier[near].tolist(), strict=True)):
            if twin < row and twins[row] is None:
                twins[row] = twin
    return twins


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--characters", action="store_true", help="of a language that is written without spaces")
    parser.add_argument("--out", type=Path, required=True, help="the shares, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="the earlier near-duplicate of each row, parquet")
    args = parser.parse_args()
    rows = read_parquet(args.data, ["row_id", *TEXTS])
    if rows.empty:
        raise InputError(f"{args.data}: holds no rows to compare; make the file again")
    unit = Unit(CHARACTERS if args.characters else WORDS, args.characters)
    table, figures = rows[["row_id"]].copy(), {"rows": len(rows), "n": unit.n, "limit": LIMIT}
    ids = rows["row_id"].tolist()
    for text in TEXTS:
        twins = earlier_twins(rows[text].tolist(), unit)
        table[f"{text}_twin"] = [None if twin is None else ids[twin] for twin in twins]
        figures[f"{text}_near_duplicates"] = sum(twin is not None for twin in twins) / len(twins)
    write_parquet(args.rows, table)
    write_json(args.out, figures)


if __name__ == "__main__":
    run(main)
