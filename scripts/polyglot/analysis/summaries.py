"""What tables and figures take from scores.csv: the main block, averages, and the sentence on anchors."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from polyglot.analysis.score import CELL, is_main
from polyglot.core.errors import InputError

ROWS = ["rows", "rows_asked"]
SHORT = " §"  # behind the number of a cell whose data set has fewer rows than asked
MEANS = ("all", "average")  # in place of a language: the mean over all of a study
VALUES = ["pg_score", "pg_score_gain", "z_intrinsic", "pgr", "gain"]


def main_block(scores: pd.DataFrame, recipe: str, size: int) -> pd.DataFrame:
    """Rows of the study's main block: one recipe at one size, and data of that size that were given."""
    return scores[is_main(scores, recipe, size)]


def with_all_teachers(of_cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of the student bases that have the most teachers: orders of teachers compare between these alone."""
    teachers = of_cells.groupby("student_base")["teacher"].nunique()
    return of_cells[of_cells["student_base"].map(teachers) == teachers.max()]


def cells(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a (student base, teacher, language): means over trials, and their number.

    Columns: student_base, teacher, language, the five values, pgr_se, trials, anchor_valid, rows and rows_asked. Trials
    share their items, so the error of a mean over trials is taken to be as large as that of one (root mean square).
    A mean with an unknown trial in it is unknown; the rows are those of the smallest data set.
    """
    groups = rows.groupby(["student_base", *CELL], sort=True)
    result = groups[VALUES].agg(lambda column: column.mean(skipna=False))
    result["pgr_se"] = groups["pgr_se"].agg(lambda errors: np.sqrt(np.square(errors).mean(skipna=False)))
    result["trials"] = groups.size()
    result["anchor_valid"] = groups["anchor_valid"].first()
    result[ROWS] = groups[ROWS].min()
    return result.reset_index()


def cells_of_base(scores: pd.DataFrame, student_base: str) -> pd.DataFrame:
    """`cells` of one student base. Raises InputError where it has none."""
    rows = scores[scores["student_base"] == student_base]
    if rows.empty:
        raise InputError(f"scores.csv: no main cells of student base {student_base}; check the design in config")
    return cells(rows)


def averages(of_cells: pd.DataFrame, value: str) -> pd.DataFrame:
    """teacher × language table of `value` with its unweighted row mean `average`, best average first, ties by name.

    A teacher without a value in one of the languages has no average: a mean over fewer languages is another quantity.
    """
    wide = of_cells.pivot(index="teacher", columns="language", values=value)
    wide["average"] = wide.mean(axis=1, skipna=False)
    order = wide["average"].round(12).sort_index().sort_values(ascending=False, kind="stable", na_position="last")
    return wide.loc[order.index]


def short_rows(of_cells: pd.DataFrame) -> pd.Series:
    """Whether each cell has fewer rows than asked; print does not say how many it has."""
    return (of_cells["rows"] < of_cells["rows_asked"]).astype("boolean").fillna(False).astype(bool)


def short_cells(of_cells: pd.DataFrame) -> set[tuple[str, str]]:
    """(teacher, language) of the cells with fewer rows than asked."""
    return set(of_cells.loc[short_rows(of_cells), CELL].itertuples(index=False, name=None))


def is_short(short: Collection[tuple[str, str]], teacher: str, language: str) -> bool:
    """Whether a number rests on one of the cells `short`; a mean over languages does where one of them is short."""
    return (teacher, language) in short or (language in MEANS and any(name == teacher for name, _ in short))


def with_marks(ranked: pd.DataFrame, short: Collection[tuple[str, str]]) -> pd.DataFrame:
    """Rows of ranking.csv in which a teacher's name is marked where its data set is short."""
    pairs = zip(ranked["teacher"], ranked["language"], strict=True)
    return ranked.assign(teacher=[name + SHORT * is_short(short, name, language) for name, language in pairs])


def short_note(of_cells: pd.DataFrame) -> str:
    """One sentence on the cells that have fewer rows than asked; empty where all are whole."""
    short = of_cells[short_rows(of_cells)].sort_values(CELL)
    named = [f"{row.teacher} in {row.language} {row.rows} of {row.rows_asked}" for row in short.itertuples()]
    begin = f"{SHORT.strip()} marks data sets with fewer rows than asked, which do not compare with whole ones"
    return f"{begin}: {', '.join(dict.fromkeys(named))}." if named else ""


def anchor_note(rows: pd.DataFrame) -> str:
    """One sentence on where PGR has a meaning, for every table and figure that uses it; empty where it has in all.

    `rows` needs student_base, language and anchor_valid.
    """
    known = rows.drop_duplicates(["student_base", "language"]).sort_values(["student_base", "language"])
    several = known["student_base"].nunique() > 1
    names = known["language"] + (" (" + known["student_base"] + ")" if several else "")
    invalid = names[known["anchor_valid"].eq(False).fillna(False)]
    unknown = names[known["anchor_valid"].isna()]
    parts = (
        [f"PGR has no meaning (reference − base within twice its error, or below 0) in {', '.join(invalid)}"]
        if len(invalid)
        else []
    )
    parts += [f"whether it has one is not known in {', '.join(unknown)}"] if len(unknown) else []
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] + "." if text else ""
