"""Mix one training set from a teacher's synthetic rows: the frozen rows that the metrics and the training read.

Reads one table for each method of the recipe. Writes the rows in training order, and {size}.counts.json beside them:
rows seen, kept and left out (duplicates; not needed), what each method had and gave, and which fell short.
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.errors import InputError, run
from polyglot.files import read_parquet, write_counts, write_parquet
from polyglot.mixing import COLUMNS, NEEDED, equal_parts, mix


def read_method(path: Path, method: str, arguments: argparse.Namespace) -> pd.DataFrame:
    """A method's synthetic rows. Raises InputError where they are of another teacher, language, method or trial."""
    table = read_parquet(path, NEEDED)[NEEDED]
    told = {
        "method": method,
        "teacher": arguments.teacher,
        "language": arguments.language,
        "trial": arguments.trial,
    }
    for column, value in told.items():
        if not (table[column] == value).all():
            raise InputError(f"{path}: column {column!r} holds other values than {value!r}; give the right file")
    return table


def read_all(arguments: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """The tables named by METHOD=PATH. Raises InputError for a malformed or repeated name."""
    tables: dict[str, pd.DataFrame] = {}
    for one in arguments.synthetic:
        method, separator, path = one.partition("=")
        if not separator or method in tables:
            raise InputError(f"--synthetic {one}: write METHOD=PATH, each method once")
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
