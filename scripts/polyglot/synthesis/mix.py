"""Mix one training set from a teacher's synthetic rows: the frozen rows that both metrics and training read.

Reads one table for each method of the recipe and takes equal parts of exactly the size asked for, in one seeded order,
so that a smaller set is a subset of a larger one. Writes the rows in training order, and {size}.counts.json beside
them: rows seen, kept and left out (duplicates; not needed), the rows that each method had and gave, and any shortage.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_counts, write_parquet
from polyglot.core.identity import shuffled

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
    return next(item for item in range(min(size, len(had) * (scarcest + 1)), -1, -1) if _enough(item, had))


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


def read_method(path: Path, method: str, arguments: argparse.Namespace) -> pd.DataFrame:
    """A method's synthetic rows. Raises InputError where they are of another teacher, language, method or trial."""
    table = read_parquet(path, NEEDED)[NEEDED]
    content = {
        "method": method,
        "teacher": arguments.teacher,
        "language": arguments.language,
        "trial": arguments.trial,
    }
    for column, value in content.items():
        if not (table[column] == value).all():
            raise InputError(f"{path}: column {column!r} holds other values than {value!r}; give the right file")
    return table


def read_all(arguments: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """The tables named by METHOD=PATH. Raises InputError for a malformed or repeated name."""
    tables: dict[str, pd.DataFrame] = {}
    for item in arguments.synthetic:
        method, separator, path = item.partition("=")
        if not separator or method in tables:
            raise InputError(f"--synthetic {item}: write METHOD=PATH, each method once")
        tables[method] = read_method(Path(path), method, arguments)
    return tables


def main() -> None:
    """Parse the command line, mix, write rows and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthetic", nargs="+", required=True, help="METHOD=PATH of each method of the recipe")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--language", required=True)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--size", type=int, required=True, help="rows wanted")
    parser.add_argument("--trial", type=int, required=True)
    parser.add_argument("--shortage", choices=["refuse", "shrink"], required=True, help="what too few rows lead to")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--out", type=Path, required=True, help="the .parquet file to write")
    arguments = parser.parse_args()
    tables = read_all(arguments)
    cell = f"{arguments.teacher}/{arguments.language}/{arguments.recipe}-{arguments.size}/trial{arguments.trial}"
    mixture = mix(tables, size=arguments.size, shortage=arguments.shortage, seed=arguments.seed, cell=cell)
    rows = mixture.rows.assign(recipe=arguments.recipe, size=arguments.size)[COLUMNS]
    kept = len(rows)
    spare = mixture.seen - mixture.duplicates - kept
    wanted = equal_parts(arguments.size, list(tables))
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        mixture.seen,
        kept,
        ["duplicate"] * mixture.duplicates + ["not_needed"] * spare,
        wanted=arguments.size,
        had=mixture.had,
        parts=mixture.parts,
        short=[method for method in wanted if mixture.had[method] < wanted[method]],
    )
    write_parquet(arguments.out, rows)


if __name__ == "__main__":
    run(main)
