"""Mix one training set from a teacher's synthetic rows: the frozen rows that both metrics and training read.

Reads one table for each method of the recipe, its rows in request order, and takes the first rows of each method in
equal parts. So the data sets of all teachers rest on the same requests but for rejects, a smaller set is a subset of a
larger one, and rows made for another block of the design change nothing. Writes the rows in training order, and
{size}.counts.json beside them: rows seen, kept and left out (duplicates; not needed), the rows that each method had and
gave, and any shortage.
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
    """`rows` in training order; `had` and `parts` are each method's rows before and after.

    `duplicates` were passed over because a row taken before them says the same; `short` are methods with too few rows.
    """

    rows: pd.DataFrame
    duplicates: int
    had: dict[str, int]
    parts: dict[str, int]
    short: list[str]


def equal_parts(size: int, methods: list[str]) -> dict[str, int]:
    """Rows of each method in a set of `size` rows: as equal as can be, the remainder to the first by name."""
    share, rest = divmod(size, len(methods))
    return {method: share + (place < rest) for place, method in enumerate(sorted(methods))}


def take(tables: dict[str, pd.DataFrame], size: int) -> tuple[dict[str, list[int]], int, str | None]:
    """Places of the rows taken from each table, the number of duplicates passed over, the method that ran out first.

    The methods take turns, by name; each gives its next row whose prompt and response no row taken before it has. It
    ends with `size` rows, or when a method has none left at its turn: the parts are equal in both cases.
    """
    methods = sorted(tables)
    texts = {
        method: enumerate(zip(tables[method]["prompt"], tables[method]["response"], strict=True)) for method in methods
    }
    taken: dict[str, list[int]] = {method: [] for method in methods}
    seen: set[tuple[str, str]] = set()
    duplicates = 0
    for turn in range(size):
        method = methods[turn % len(methods)]
        for place, text in texts[method]:
            if text not in seen:
                seen.add(text)
                taken[method].append(place)
                break
            duplicates += 1
        else:
            return taken, duplicates, method
    return taken, duplicates, None


def mix(tables: dict[str, pd.DataFrame], *, size: int, shortage: str, seed: int, cell: str) -> Mixture:
    """Mix the methods' tables (columns `NEEDED`, rows in request order) into `size` rows.

    Where a method has too few rows, `shortage` "refuse" raises InputError and "shrink" makes the largest set of equal
    parts that there is. A method without rows raises in both. `cell` names the set in errors. Training order depends on
    the requests alone, so that it is the same for all teachers.
    """
    pool = pd.concat([tables[method] for method in sorted(tables)])
    if pool["request_id"].duplicated().any():
        raise InputError(f"{cell}: a request_id occurs twice in the synthetic rows; make them again")
    had = {method: len(tables[method]) for method in sorted(tables)}
    wanted = equal_parts(size, list(tables))
    taken, duplicates, exhausted = take(tables, size)
    short = [method for method in had if method == exhausted or had[method] < wanted[method]]
    for method in short:
        if shortage == "refuse" or not had[method]:
            same = f" and {duplicates} rows of all methods say what another says" if duplicates else ""
            raise InputError(
                f"{cell}: method {method} had {had[method]} rows, {wanted[method]} are needed{same}; raise "
                "synthesis.oversampling or lower the size, or set mixing.shortage to shrink"
            )
    rows = pd.concat([tables[method].iloc[places] for method, places in taken.items()]).set_index("request_id")
    order = shuffled(rows.index, seed, "order")
    parts = {method: len(places) for method, places in taken.items()}
    return Mixture(rows.loc[order].reset_index(), duplicates, had, parts, short)


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
    seen = sum(mixture.had.values())
    spare = seen - mixture.duplicates - len(rows)
    write_counts(
        arguments.out.with_suffix(".counts.json"),
        seen,
        len(rows),
        ["duplicate"] * mixture.duplicates + ["not_needed"] * spare,
        wanted=arguments.size,
        had=mixture.had,
        parts=mixture.parts,
        short=mixture.short,
    )
    write_parquet(arguments.out, rows)


if __name__ == "__main__":
    run(main)
