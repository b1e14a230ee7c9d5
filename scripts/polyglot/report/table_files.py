"""A table of the paper: a tidy CSV for programs, and the same numbers laid out for people in Markdown and LaTeX."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from polyglot.core.files import whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import write_sheet
from polyglot.core.texts import printable

NEEDS = (
    "% needs the package booktabs; text in scripts other than Latin needs XeLaTeX or LuaLaTeX and a font that has it"
)
LATEX = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}"},
    # after the end of a row, these two would be read as its own arguments
    **{"[": "{[}", "*": "{*}"},
    # letters that LaTeX prints only with a package or in math mode
    **{
        "−": "$-$",
        "†": r"$\dagger$",
        "‡": r"$\ddagger$",
        "§": r"\S{}",
        "α": r"$\alpha$",
        "κ": r"$\kappa$",
        "±": r"$\pm$",
        "×": r"$\times$",
        "·": r"$\cdot$",
    },
}


@dataclass
class Table:
    """A table of a study.

    Attributes:
        number: the first paper's own number, two digits; of any other table the name of its files.
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

    @property
    def name(self) -> str:
        """The name of the files, without their endings."""
        return f"table_{self.number}" if self.number.isdigit() else self.number

    @property
    def heading(self) -> str:
        """The title, after the number if the paper has one."""
        return f"Table {int(self.number)}: {self.title}" if self.number.isdigit() else self.title


def write(table: Table, folder: str | Path) -> None:
    """Write the table's CSV, Markdown and LaTeX into `folder`."""
    stem = Path(folder) / table.name
    write_sheet(stem.with_suffix(".csv"), table.rows)
    notes = [note for note in table.notes if note]
    headers, cells = list(table.layout.columns), table.layout.to_numpy().tolist()
    markdown = [f"# {table.heading}", markdown_table(cells, headers), *notes]
    latex = [
        f"% {printable(table.heading)}",
        NEEDS,
        latex_table(cells, headers),
        *(f"% {printable(note)}" for note in notes),
    ]
    for suffix, blocks, between in ((".md", markdown, "\n\n"), (".tex", latex, "\n")):
        with whole(stem.with_suffix(suffix)) as temporary:
            temporary.write_text(between.join(blocks) + "\n", encoding="utf-8")


def latex_table(rows: Iterable[Iterable[object]], headers: Sequence[str]) -> str:
    """A tabular with the lines of booktabs, whatever its cells hold."""
    lines = [" & ".join(map(latex, row)) + r" \\" for row in [headers, *rows]]
    top, end = rf"\begin{{tabular}}{{{'l' * len(headers)}}}", r"\end{tabular}"
    return "\n".join([top, r"\toprule", lines[0], r"\midrule", *lines[1:], r"\bottomrule", end])


def latex(value: object) -> str:
    """A cell as LaTeX prints it, on one line; nothing for None."""
    return "" if value is None else "".join(LATEX.get(character, character) for character in printable(str(value)))


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
