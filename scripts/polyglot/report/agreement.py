"""Compute the agreement of annotators with the judge: weighted kappa and intraclass correlation, with intervals.

Reads the samples of a study (parquet: the rows shown and the judge's scores) and the filled sheets (CSV). Writes a CSV
with one row per language, criterion and pair of raters, and the same table as a page in Markdown.
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet, whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import write_sheet
from polyglot.report.raters import CRITERIA, RESAMPLES, agreement, ratings, read_filled

HEADERS = [
    "language",
    "criterion",
    "rater",
    "against",
    "rows",
    "weighted κ",
    "95 % interval",
    "α",
    "ICC(A,1)",
    "95 % interval",
]


def interval(low: float, high: float) -> str:
    """Both ends of an interval; empty if they are unknown."""
    return "" if pd.isna(low) or pd.isna(high) else f"{written(low, 2)} to {written(high, 2)}"


def page(table: pd.DataFrame, filled: pd.DataFrame, files: int) -> str:
    """The agreement as a page in Markdown."""
    given = " and ".join(f"{filled[name].notna().sum()} for {name.replace('_', ' ')}" for name in CRITERIA)
    lines = [
        [
            row.language,
            row.criterion.replace("_", " "),
            row.rater,
            row.against,
            row.rows,
            written(row.kappa, 2, unknown="none"),
            interval(row.kappa_low, row.kappa_high),
            written(row.alpha, 2, unknown="none"),
            written(row.icc, 2, unknown="none"),
            interval(row.icc_low, row.icc_high),
        ]
        for row in table.itertuples()
    ]
    blocks = [
        "# Annotators and the judge",
        f"{filled['annotator'].nunique()} annotators rated {filled['row_id'].nunique()} rows in {files} sheets:"
        f" {given}.",
        markdown_table(lines, HEADERS),
        "The judge gives one score a row, which stands against both criteria. κ is Cohen's with quadratic weights; its"
        f" interval is a percentile bootstrap over rows ({RESAMPLES} draws). α is Krippendorff's for ordered ratings."
        " ICC(A,1) is the intraclass correlation of"
        " single ratings in absolute agreement. A coefficient is none where raters gave one score throughout, and for"
        " ICC with fewer than 3 rows that all of the raters rated.",
    ]
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=Path, nargs="+", required=True, help="samples of the study, parquet")
    parser.add_argument("--folder", type=Path, required=True, help="folder of the filled sheets, for messages")
    parser.add_argument("--filled", type=Path, nargs="*", default=[], help="the filled sheets, CSV")
    parser.add_argument("--seed", type=int, required=True, help="seed of the bootstrap")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write; the page goes beside it as .md")
    arguments = parser.parse_args()
    samples = pd.concat([read_parquet(path, ["row_id", "language", "score"]) for path in arguments.samples])
    if not arguments.filled:
        raise InputError(
            f"{arguments.folder}: holds no filled sheet; copy sheets of the study's samples there and fill them in"
        )
    filled = pd.concat([read_filled(path, samples["row_id"]) for path in arguments.filled])
    if filled[list(CRITERIA)].isna().all(axis=None):
        raise InputError(f"{arguments.filled[0]}: no score is filled in; write 1 to 5 under {' and '.join(CRITERIA)}")
    table = agreement(ratings(filled, samples), arguments.seed)
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table, filled, len(arguments.filled)), encoding="utf-8")


if __name__ == "__main__":
    run(main)
