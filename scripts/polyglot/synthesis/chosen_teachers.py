"""Which teacher gives a mixture the rows of each method, where a screen of the methods' rows chooses."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandera.pandas as pa

from polyglot.core.errors import InputError
from polyglot.core.sheets import read_sheet

METHOD_SCREEN = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in ("language", "method", "teacher", "predictor")},
        "rows": pa.Column(int, pa.Check.ge(1), coerce=True),
        "value": pa.Column(float, nullable=True, coerce=True),
    },
    unique=["language", "method", "teacher"],
    strict=True,
    ordered=True,
)


def chosen(table: Path, language: str, methods: Iterable[str], teachers: Sequence[str]) -> dict[str, list[str]]:
    """The teacher of the highest value by each method, of equal ones the first named, as a list of one.

    `table` is method_screen.csv. Raises InputError where it has no value of a teacher.
    """
    values = read_sheet(table, METHOD_SCREEN).set_index(["language", "method", "teacher"])["value"].dropna()
    result = {}
    for method in methods:
        if lacking := [teacher for teacher in teachers if (language, method, teacher) not in values.index]:
            raise InputError(
                f"{table}: has no value of {lacking[0]} in {language} by {method}; use parts: equal, or a teacher for"
                " each language"
            )
        best = max(values[language, method, teacher] for teacher in teachers)
        result[method] = [next(teacher for teacher in teachers if values[language, method, teacher] == best)]
    return result
