"""Tables in Markdown, whatever their cells hold."""

from collections.abc import Iterable, Sequence

from tabulate import tabulate

from polyglot.core.texts import printable


def markdown_table(rows: Iterable[Iterable[object]], headers: Sequence[str], sides: Sequence[str] | None = None) -> str:
    """A table with `headers`; each cell stays in its column and on its line. `sides` are the columns' alignments.

    Numbers are texts already: "1.10" is not read as a number and printed as 1.1.
    """
    cells = [[cell(value) for value in row] for row in rows]
    return tabulate(cells, [cell(name) for name in headers], tablefmt="pipe", disable_numparse=True, colalign=sides)


def cell(value: object) -> str:
    """A value as a cell: on one line, without what steers a terminal, its pipes escaped; nothing for None."""
    if isinstance(value, float):
        return f"{value:g}"  # counts that a table with gaps holds as floats: 4, not 4.0
    return "" if value is None else printable(str(value)).replace("|", r"\|")
