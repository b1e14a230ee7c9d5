"""Equal parts of the methods' rows into one training set of exactly the size asked for.

A method's rows are used in one seeded order, so that a smaller set is a subset of a larger one.
"""

from dataclasses import dataclass

import pandas as pd

from polyglot.errors import InputError
from polyglot.identity import shuffled

COLUMNS = [
    "row_id",
    "request_id",
    "teacher",
    "language",
    "recipe",
    "size",
    "trial",
    "method",
    "seed_ids",
    "prompt",
    "response",
]
NEEDED = ["row_id", "request_id", "teacher", "language", "method", "trial", "seed_ids", "prompt", "response"]


@dataclass(frozen=True)
class Mixture:
    """`rows` in training order; of the `seen` rows `duplicates` say what another says, `had` is what methods have."""

    rows: pd.DataFrame
    seen: int
    duplicates: int
    had: dict[str, int]
    parts: dict[str, int]


def equal_parts(size: int, methods: list[str]) -> dict[str, int]:
    """Rows of each method in a set of `size` rows: as equal as can be, the remainder to the first by name."""
    share, rest = divmod(size, len(methods))
    return {method: share + (place < rest) for place, method in enumerate(sorted(methods))}


def largest_size(size: int, had: dict[str, int]) -> int:
    """The largest size up to `size` whose equal parts no method falls short of."""
    scarcest = min(had.values())
    return next(one for one in range(min(size, len(had) * (scarcest + 1)), -1, -1) if _enough(one, had))


def mix(tables: dict[str, pd.DataFrame], *, size: int, shortage: str, seed: int, cell: str) -> Mixture:
    """Mix the methods' tables (columns `NEEDED`) into `size` rows.

    Rows with the same prompt and response are one row, of the first method by name. Where a method has fewer rows than
    its part, `shortage` "refuse" raises InputError and "shrink" makes the largest set of equal parts that there is. A
    method without rows raises in both. `cell` names the set in errors. Order of input rows changes nothing.
    """
    pool = pd.concat([tables[method] for method in sorted(tables)], ignore_index=True)
    if pool["row_id"].duplicated().any():
        raise InputError(f"{cell}: a row_id occurs twice in the synthetic rows; make them again")
    pool = pool.sort_values(["method", "row_id"])
    unique = pool.drop_duplicates(["prompt", "response"])
    had = {method: int((unique["method"] == method).sum()) for method in sorted(tables)}
    wanted = equal_parts(size, list(tables))
    short = [method for method in had if had[method] < wanted[method]]
    for method in short:
        if shortage == "refuse" or not had[method]:
            raise InputError(
                f"{cell}: method {method} had {had[method]} rows, {wanted[method]} are needed; raise "
                "synthesis.oversampling or lower the size, or set mixing.shortage to shrink"
            )
    parts = equal_parts(largest_size(size, had), list(tables))
    chosen: list[str] = []
    for method, count in parts.items():
        ids = unique.loc[unique["method"] == method, "row_id"]
        chosen += shuffled(ids, seed, "mix", method)[:count]
    rows = unique.set_index("row_id").loc[shuffled(chosen, seed, "order")].reset_index()
    return Mixture(rows, len(pool), len(pool) - len(unique), had, parts)


def _enough(size: int, had: dict[str, int]) -> bool:
    return all(had[method] >= part for method, part in equal_parts(size, list(had)).items())
