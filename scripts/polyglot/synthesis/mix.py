"""Mix one training set from the synthetic rows of a teacher, or of several: what metrics and training both read.

Reads one table for each method of the recipe, its rows in request order, and takes the first rows of each method in
equal parts. So the data sets of all teachers rest on the same requests but for rejects, a smaller set is a subset of a
larger one, and rows made for another block of the design change nothing. Writes the rows in training order, and
{size}.counts.json beside them: rows seen, kept and left out (duplicates; not needed), the rows that each method had and
gave, and any shortage.

In a mixture of teachers the teachers of a method take turns, in the order in which they are named, and each gives its
next row to a request that no row taken before answers. So the mixture rests on the first requests too, a method's rows
are shared in equal parts, the remainder to the first named, and every row keeps the name of the teacher that wrote it.
Where a screen chooses, a method's rows are all of the teacher that it puts first.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, write_counts, write_parquet
from polyglot.core.identity import shuffled
from polyglot.synthesis.chosen_teachers import chosen

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
    """`rows` in training order; `had` and `parts` are each method's rows before and after, of the teachers that give.

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


def take(
    tables: dict[str, pd.DataFrame], size: int, givers: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[int]], int, str | None]:
    """Places of the rows taken from each table, the number of duplicates passed over, the method that ran out first.

    The methods take turns, by name, and within a method its `givers`, the teachers whose rows it takes; each gives its
    next row whose request no row taken before answers, and whose prompt and response none has. It ends with `size`
    rows, or when a teacher has none left at its turn: the parts are equal in both cases.
    """
    methods = sorted(tables)
    left = {
        (method, teacher): iter([(place, row) for place, row in enumerate(_keys(tables[method])) if row[0] == teacher])
        for method in methods
        for teacher in givers[method]
    }
    taken: dict[str, list[int]] = {method: [] for method in methods}
    answered, seen = set(), set()
    duplicates = 0
    for turn in range(size):
        method = methods[turn % len(methods)]
        teacher = givers[method][len(taken[method]) % len(givers[method])]
        for place, (_, request, *text) in left[method, teacher]:
            if request in answered:
                continue
            if tuple(text) not in seen:
                answered.add(request)
                seen.add(tuple(text))
                taken[method].append(place)
                break
            duplicates += 1
        else:
            return taken, duplicates, method
    return taken, duplicates, None


def _keys(table: pd.DataFrame) -> Iterator[tuple[str, str, str, str]]:
    """Teacher, request, prompt and response of each row."""
    return zip(*(table[column] for column in ("teacher", "request_id", "prompt", "response")), strict=True)


def mix(
    tables: dict[str, pd.DataFrame],
    givers: Mapping[str, Sequence[str]],
    *,
    size: int,
    shortage: str,
    seed: int,
    cell: str,
) -> Mixture:
    """Mix the methods' tables (columns `NEEDED`, a teacher's rows in request order) into `size` rows.

    `givers` are the teachers of each method whose rows are taken, in turns. Where a method has too few rows, `shortage`
    "refuse" raises InputError and "shrink" makes the largest set of equal parts that there is. A method without rows
    raises in both. `cell` names the set in errors. Training order depends on the requests alone, so that it is the same
    for all teachers.
    """
    pool = pd.concat([tables[method] for method in sorted(tables)])
    if pool.duplicated(["teacher", "request_id"]).any():
        raise InputError(f"{cell}: a request_id occurs twice in the synthetic rows; make them again")
    had = {method: int(tables[method]["teacher"].isin(givers[method]).sum()) for method in sorted(tables)}
    wanted = equal_parts(size, list(tables))
    for method in had:  # a method without rows has nobody whose turn it is
        if not had[method]:
            raise InputError(_shortage(cell, method, had, wanted, 0))
    taken, duplicates, exhausted = take(tables, size, givers)
    short = [method for method in had if method == exhausted or had[method] < wanted[method]]
    if short and shortage == "refuse":
        raise InputError(_shortage(cell, short[0], had, wanted, duplicates))
    rows = pd.concat([tables[method].iloc[places] for method, places in taken.items()]).set_index("request_id")
    order = shuffled(rows.index, seed, "order")
    parts = {method: len(places) for method, places in taken.items()}
    return Mixture(rows.loc[order].reset_index(), duplicates, had, parts, short)


def _shortage(cell: str, method: str, had: dict[str, int], wanted: dict[str, int], duplicates: int) -> str:
    same = f" and {duplicates} rows of all methods say what another says" if duplicates else ""
    return (
        f"{cell}: method {method} had {had[method]} rows, {wanted[method]} are needed{same}; raise "
        "synthesis.oversampling or lower the size, or set mixing.shortage to shrink"
    )


def read_method(path: Path, method: str, teacher: str, arguments: argparse.Namespace) -> pd.DataFrame:
    """A method's synthetic rows. Raises InputError where they are of another teacher, language, method or trial."""
    table = read_parquet(path, NEEDED)[NEEDED]
    content = {"method": method, "teacher": teacher, "language": arguments.language, "trial": arguments.trial}
    for column, value in content.items():
        if not (table[column] == value).all():
            raise InputError(f"{path}: column {column!r} holds other values than {value!r}; give the right file")
    return table


def read_all(arguments: argparse.Namespace) -> dict[str, pd.DataFrame]:
    """The tables named by METHOD=PATH, those of one method joined: one of each teacher, in the order of the teachers.

    Raises InputError for a malformed name and for a method without a table of each teacher.
    """
    teachers = arguments.mixture or [arguments.teacher]
    tables: dict[str, list[pd.DataFrame]] = {}
    for item in arguments.synthetic:
        method, separator, path = item.partition("=")
        of_method = tables.setdefault(method, [])
        if not separator or len(of_method) == len(teachers):
            raise InputError(f"--synthetic {item}: write METHOD=PATH, each method once for each teacher")
        of_method.append(read_method(Path(path), method, teachers[len(of_method)], arguments))
    for method, of_method in tables.items():
        if len(of_method) < len(teachers):
            raise InputError(f"--synthetic {method}: has no table of {teachers[len(of_method)]}; add METHOD=PATH")
    return {method: pd.concat(of_method, ignore_index=True) for method, of_method in tables.items()}


def main() -> None:
    """Parse the command line, mix, write rows and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--synthetic", nargs="+", required=True, help="METHOD=PATH of each method of the recipe")
    parser.add_argument("--teacher", required=True, help="who wrote the rows, or the name of the mixture")
    parser.add_argument("--mixture", nargs="+", help="of a mixture, the teachers that give rows, in their order")
    parser.add_argument(
        "--chosen-by", type=Path, help="method_screen.csv: its first teacher of a method gives the rows"
    )
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
    teachers = arguments.mixture or [arguments.teacher]
    givers = {method: teachers for method in tables}
    if arguments.chosen_by:
        givers = chosen(arguments.chosen_by, arguments.language, tables, teachers)
    options = {"size": arguments.size, "shortage": arguments.shortage, "seed": arguments.seed, "cell": cell}
    mixture = mix(tables, givers, **options)
    rows = mixture.rows.assign(recipe=arguments.recipe, size=arguments.size)[COLUMNS]
    seen = sum(map(len, tables.values()))
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
        **({"teachers": rows["teacher"].value_counts().sort_index().to_dict()} if arguments.mixture else {}),
    )
    write_parquet(arguments.out, rows)


if __name__ == "__main__":
    run(main)
