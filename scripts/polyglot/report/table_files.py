"""A table of the paper: a tidy CSV for programs, and the same numbers laid out for people in Markdown and LaTeX."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from tabulate import tabulate

from polyglot.core.files import whole
from polyglot.core.numerals import written
from polyglot.core.sheets import write_sheet

# letters that LaTeX prints only with a package or in math mode
LATEX = str.maketrans({"−": "$-$", "†": "$\\dagger$", "‡": "$\\ddagger$"})


@dataclass
class Table:
    """A table of a study.

    Attributes:
        number: the paper's own number, two digits.
        title: the content, without a full stop.
        rows: the tidy form, one row per number or per key; written as CSV.
        layout: the form for reading; every cell is text.
        notes: sentences under the table: missing values, and values without meaning.
    """

    number: str
    title: str
    rows: pd.DataFrame
    layout: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def write(table: Table, folder: str | Path) -> None:
    """Write table_NN.csv, .md and .tex into `folder`."""
    stem = Path(folder) / f"table_{table.number}"
    write_sheet(stem.with_suffix(".csv"), table.rows)
    notes = [note for note in table.notes if note]
    # every cell is text: tabulate must not read "1.10" as a number and print 1.1
    settings = {"headers": list(table.layout.columns), "showindex": False, "disable_numparse": True}
    cells = table.layout.to_numpy().tolist()
    markdown = [f"# Table {int(table.number)}: {table.title}", tabulate(cells, tablefmt="pipe", **settings), *notes]
    latex = [
        f"% Table {int(table.number)}: {table.title}",
        tabulate(cells, tablefmt="latex_booktabs", **settings).translate(LATEX),
        *(f"% {note}" for note in notes),
    ]
    for suffix, blocks, between in ((".md", markdown, "\n\n"), (".tex", latex, "\n")):
        with whole(stem.with_suffix(suffix)) as temporary:
            temporary.write_text(between.join(blocks) + "\n", encoding="utf-8")


def beside(value: float, printed: float | None, decimals: int = 3) -> str:
    """A recomputed number with the printed one and their difference: `0.146 (0.145, +0.001)`."""
    if printed is None or np.isnan(printed):
        return written(value, decimals, unknown="n/a")
    if np.isnan(value):
        return f"n/a ({written(printed, decimals)})"
    return (
        f"{written(value, decimals)} ({written(printed, decimals)}, {written(value - printed, decimals, signed=True)})"
    )


def compare(rows: pd.DataFrame, printed: pd.DataFrame | None, key: list[str], value: str) -> pd.DataFrame:
    """`rows` with the columns `printed` and `difference`; both are empty for rows that are not printed."""
    if printed is None:
        return rows.assign(printed=np.nan, difference=np.nan)
    merged = rows.merge(
        printed[[*key, value]].rename(columns={value: "printed"}), on=key, how="outer", validate="one_to_one"
    )
    return merged.assign(difference=merged[value] - merged["printed"])


BESIDE = "Each cell is the recomputed number, then in brackets the printed one and recomputed − printed."
