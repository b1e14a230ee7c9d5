"""What tables and figures take from scores.csv: the main block, averages, and the sentence on anchors."""

import numpy as np
import pandas as pd

from polyglot.analysis.score import CELL
from polyglot.core.errors import InputError

VALUES = ["pg_score", "pg_score_gain", "z_intrinsic", "pgr", "gain"]


def main_block(scores: pd.DataFrame, recipe: str, size: int) -> pd.DataFrame:
    """Rows of the study's main block: one recipe at one size."""
    return scores[(scores["recipe"] == recipe) & (scores["size"] == size)]


def with_all_teachers(of_cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of the student bases that have the most teachers: orders of teachers compare between these alone."""
    teachers = of_cells.groupby("student_base")["teacher"].nunique()
    return of_cells[of_cells["student_base"].map(teachers) == teachers.max()]


def cells(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a (student base, teacher, language): means over trials, and their number.

    Columns: student_base, teacher, language, the five values, pgr_se, trials and anchor_valid. Trials share their
    items, so the error of a mean over trials is taken to be as large as that of one (root mean square).
    A mean with an unknown trial in it is unknown.
    """
    groups = rows.groupby(["student_base", *CELL], sort=True)
    result = groups[VALUES].agg(lambda column: column.mean(skipna=False))
    result["pgr_se"] = groups["pgr_se"].agg(lambda errors: np.sqrt(np.square(errors).mean(skipna=False)))
    result["trials"] = groups.size()
    result["anchor_valid"] = groups["anchor_valid"].first()
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
