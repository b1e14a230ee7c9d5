"""Record for each table and figure of the paper whether it is recomputed from print, needs a run, or both.

Reads resources/coverage.csv and the numbers of the tables and figures that the study `published` makes; writes
coverage.csv and coverage.md. A line of the sheet that contradicts the outputs is an error.
"""

import argparse
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from polyglot.core.errors import InputError, run
from polyglot.core.files import whole
from polyglot.core.markdown import markdown_table
from polyglot.core.sheets import read_sheet, write_sheet

SOURCES = {
    "both": "recomputed from print; a run makes it too",
    "print": "as printed",
    "run": "needs a run",
    "not transcribed": "not here",
}
COVERAGE = pa.DataFrameSchema(
    {
        "item": pa.Column(str, pa.Check.str_matches(r"^(Table|Figure) \d+$")),
        "shows": pa.Column(str, nullable=True),
        "source": pa.Column(str, pa.Check.isin(SOURCES)),
        "note": pa.Column(str, nullable=True),
    },
    unique=["item"],
    strict=True,
)


def check(table: pd.DataFrame, outputs: set[str], path: str) -> None:
    """Raise InputError if the table disagrees with `outputs`, the items made from print (such as "Figure 8").

    A table that needs a run may still be an output, with printed numbers and the reason; a figure may not.
    """
    for row in table.itertuples():
        required = row.source in ("both", "print")
        forbidden = row.source == "not transcribed" or (row.source == "run" and row.item.startswith("Figure"))
        if (required and row.item not in outputs) or (forbidden and row.item in outputs):
            fact = "is made" if row.item in outputs else "is not made"
            raise InputError(f"{path}: {row.item} has source {row.source!r}, but {fact} from print; correct the source")
    unlisted = sorted(outputs - set(table["item"]))
    if unlisted:
        raise InputError(f"{path}: no line for {unlisted[0]}, which is made from print; add it")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--coverage", required=True, help="resources/coverage.csv")
    parser.add_argument("--tables", nargs="*", required=True, help="numbers of the tables made from print")
    parser.add_argument("--figures", nargs="*", required=True, help="numbers of the figures made from print")
    parser.add_argument("--out", required=True, type=Path, help="coverage.csv to write; coverage.md goes beside it")
    arguments = parser.parse_args()

    table = read_sheet(arguments.coverage, COVERAGE)
    outputs = {f"Table {int(item)}" for item in arguments.tables} | {
        f"Figure {int(figure)}" for figure in arguments.figures
    }
    check(table, outputs, arguments.coverage)
    write_sheet(arguments.out, table)
    shown = table.fillna("").assign(source=table["source"].map(SOURCES))
    headers = ["of the paper", "shows", "here", "note"]
    text = markdown_table(shown.to_numpy().tolist(), headers)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(f"# What is recomputed from print\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
