"""Write the page that says what Polyglot-Ko prints under which name.

Reads the printed scores and what others measured for the same cells; writes polyglot_ko_names.csv, a row a cell that
somebody measured or that the report prints otherwise, and the page beside it.
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.analysis.polyglot_ko import CONSTANT, load_polyglot_ko
from polyglot.core.errors import run
from polyglot.core.files import whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import write_sheet

REPORT, F1 = "as printed in the report", "macro F1"
HALF_UNIT = 0.00005  # of a number printed with four decimals
INTRODUCTION = (
    "The model cards print 140 numbers under the name F1, for five tasks, seven models and four numbers of shots. For"
    " some of them others have run the authors' evaluation branch again, or asked why the report has another number."
    " This page sets these beside the cards'; it does not say how a difference came about."
)


def compared(scores: pd.DataFrame, reruns: pd.DataFrame) -> pd.DataFrame:
    """Rows (task, model, shots, card, what, other, difference, source): a card's number and another of its cell."""
    rows = reruns.merge(scores.rename(columns={"f1": "card"}), on=["model", "task", "shots"], validate="many_to_one")
    is_report = rows["metric"] == REPORT
    rows["other"] = rows["rerun"].where(~is_report, rows["printed"])
    rows["what"] = rows["metric"].replace({"macro_f1": F1})
    rows["difference"] = rows["card"] - rows["other"]
    columns = ["task", "model", "shots", "card", "what", "other", "difference", "source"]
    return rows[columns].sort_values(["task", "model", "shots", "what"], ignore_index=True)


def hellaswag(rows: pd.DataFrame) -> str:
    """What HellaSwag's numbers are: how far they lie from each metric that was measured."""
    own = rows[rows["task"] == "hellaswag"]
    far = own.groupby("what")["difference"].apply(lambda gaps: gaps.abs().max())
    nearest = far.idxmin()
    listed = "; ".join(
        f"{row.model}, {row.shots} shots: {written(row.card, 4)} printed, {written(row.other, 4)} {row.what}"
        for row in own.itertuples()
    )
    verdict = (
        f"The printed numbers are at the level of {nearest}, from which they differ by {written(far[nearest], 4)}, and"
        f" not of macro F1, from which they differ by up to {written(far[F1], 4)}."
        if nearest != F1
        else f"The printed numbers are macro F1 to {written(far[F1], 4)}."
    )
    return f"{listed}. {verdict} A constant answer has a macro F1 of {written(CONSTANT[4], 2)} and an accuracy of 0.25."


def wic(rows: pd.DataFrame) -> str:
    """Where report, cards and reruns differ for WiC."""
    own = rows[rows["task"] == "wic"]
    report, measured = own[own["what"] == REPORT], own[own["what"] == F1]
    of_report = ", ".join(
        f"{row.shots} shots {written(row.other, 3)} and {written(row.card, 4)}" for row in report.itertuples()
    )
    of_reruns = "; ".join(
        f"{row.model}, {row.shots} shots: {written(row.card, 4)} printed, {written(row.other, 4)} measured"
        for row in measured.itertuples()
    )
    return (
        f"Report and card of {report['model'].iloc[0]} print different numbers: {of_report}. Reruns: {of_reruns}."
        " One answer to all questions has about a third, answers drawn by lot about a half: whichever numbers are read,"
        " they are near those of a model that knows nothing."
    )


def agreeing(rows: pd.DataFrame) -> str:
    """The cells in which a rerun gives the printed number, so that there the name holds."""
    same = rows[(rows["what"] == F1) & (rows["difference"].abs() <= HALF_UNIT)]
    listed = "; ".join(
        f"{row.task} of {row.model}, {row.shots} shots ({written(row.card, 4)})" for row in same.itertuples()
    )
    return f"In {listed or 'no cell'} the rerun gives the printed number to four digits: these are macro F1."


def page(rows: pd.DataFrame) -> str:
    """The table, and what it says of each task, in words."""
    numbers = rows.assign(
        card=[written(number, 4) for number in rows["card"]],
        other=[
            written(number, 3 if what == REPORT else 4)
            for number, what in zip(rows["other"], rows["what"], strict=True)
        ],
        difference=[written(number, 4, signed=True) for number in rows["difference"]],
    )
    headers = ["task", "model", "shots", "card (named F1)", "other number", "it is", "card − other", "source"]
    cells = numbers[["task", "model", "shots", "card", "other", "what", "difference", "source"]].to_numpy().tolist()
    blocks = [
        "# What Polyglot-Ko prints under which name",
        INTRODUCTION,
        markdown_table(cells, headers),
        "## HellaSwag",
        hellaswag(rows),
        "## WiC",
        wic(rows),
        "## Where the name holds",
        agreeing(rows),
        "## What this means for a comparison",
        "HellaSwag's numbers are comparable with one another and with length-normalised accuracies, not with macro F1"
        " of a rerun. Do not mix WiC's numbers of cards, report and reruns. The ledger of claims"
        " (`polyglot_ko_claims.md`) has the verdicts.",
    ]
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", required=True, help="folder of the printed tables")
    parser.add_argument("--out", required=True, type=Path, help="CSV to write; the page goes beside it")
    arguments = parser.parse_args()

    printed = load_polyglot_ko(arguments.published)
    rows = compared(printed["polyglot_ko_kobest_f1"], printed["polyglot_ko_reruns"])
    write_sheet(arguments.out, rows)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    run(main)
