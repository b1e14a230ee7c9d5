"""Write the tables of Polyglot-Ko's print: sources of the data, models, KOBEST scores.

Reads the printed tables and the counted parameters. What follows from other numbers (bounds of the total, sequences a
step, operations, the level of a constant answer) is recomputed beside what is printed. Writes each table as CSV,
Markdown and LaTeX.
"""

import argparse

import pandas as pd

from polyglot.analysis.parameter_counts import COUNTED
from polyglot.analysis.polyglot_ko import CONSTANT, MODELS, SHOTS, TASKS, load_polyglot_ko
from polyglot.core.errors import run
from polyglot.core.numerals import written
from polyglot.core.sheets import read_sheet
from polyglot.report.table_files import Table, write

PRINTED_TOTAL = 863  # GB
CARDS = "From the model cards."


def sources(printed: pd.DataFrame) -> Table:
    """Gigabytes by source, with bounds of each share and of the total; of some sources a bound alone is printed."""
    is_bound = printed["gigabytes"].str.startswith("<")
    high = printed["gigabytes"].str.removeprefix("<").astype(float)
    rows = printed.assign(low=high.where(~is_bound, 0.0), high=high)
    total = {"source": "total", "gigabytes": str(PRINTED_TOTAL), "low": rows["low"].sum(), "high": rows["high"].sum()}
    rows = pd.concat([rows, pd.DataFrame([total])], ignore_index=True)
    shown = rows[["source", "gigabytes"]].rename(columns={"gigabytes": "GB"})
    shown["share, %"] = [
        written(100 * row.low / PRINTED_TOTAL, 1) if row.low else f"< {written(100 * row.high / PRINTED_TOTAL, 2)}"
        for row in rows.itertuples()
    ]
    shown.loc[len(shown) - 1, "share, %"] = ""
    note = (
        f"{CARDS} The total is printed; the sources sum to {written(total['low'], 1)} to {written(total['high'], 1)}"
        f" GB. Shares are of {PRINTED_TOTAL} GB. The data were not released."
    )
    return Table("polyglot_ko_sources", "Sources of Polyglot-Ko's data", rows, shown, [note])


def models(printed: pd.DataFrame, counted: pd.DataFrame) -> Table:
    """The architectures, their parameters printed and counted, and what a step reads."""
    rows = printed.merge(counted[["model", "parameters"]].rename(columns={"parameters": "counted"}), on="model")
    rows["sequences_a_step"] = rows["tokens_billion"] * 1e9 / (rows["steps"] * rows["context"])
    rows["operations"] = 6 * rows["counted"] * rows["tokens_billion"] * 1e9
    lines = {
        "layers": rows["layers"].map(str),
        "width": rows["width"].map(str),
        "heads × width of a head": [f"{row.heads} × {row.head_width}" for row in rows.itertuples()],
        "feed-forward": rows["feed_forward"].map(str),
        "rotary dimensions": rows["rotary_dims"].map(str),
        "context": rows["context"].map(str),
        "vocabulary (padded)": [f"{row.vocabulary} ({row.padded_vocabulary})" for row in rows.itertuples()],
        "parameters, printed": [written(number, 0) for number in rows["parameters"]],
        "parameters, counted": [written(number, 0) for number in rows["counted"]],
        "printed − counted": [written(gap, 0, signed=True) for gap in rows["parameters"] - rows["counted"]],
        "tokens, billion": [f"{number:g}" for number in rows["tokens_billion"]],
        "steps": [written(number, 0) for number in rows["steps"]],
        "sequences a step": [written(number, 1) for number in rows["sequences_a_step"]],
        "operations": [f"{number:.1e}".replace("e+", "e") for number in rows["operations"]],
        "accelerators": rows["accelerators"],
    }
    shown = pd.DataFrame([[name, *values] for name, values in lines.items()], columns=["", *rows["model"]])
    notes = [
        f"{CARDS} Counted: the same shape built without weights. Sequences a step = tokens / (steps · context): not"
        " printed; operations = 6 · parameters · tokens.",
    ]
    return Table("polyglot_ko_models", "Polyglot-Ko's models", rows, shown, notes)


def kobest(scores: pd.DataFrame, tasks: pd.DataFrame) -> Table:
    """The printed scores, with the level of a constant answer, and what is at or below it or equal to another model."""
    items = tasks.set_index("task")
    constant = {task: CONSTANT[options] for task, options in items["options"].items()}
    twins = scores.duplicated(["task", "shots", "f1"], keep=False)
    rows = scores.assign(constant=scores["task"].map(constant), equal_to_another=twins)
    rows["above_constant"] = rows["f1"] > rows["constant"]
    marks = rows["above_constant"].map({True: "", False: " †"}) + twins.map({True: " =", False: ""})
    cells = rows.assign(cell=[written(score, 4) + mark for score, mark in zip(rows["f1"], marks, strict=True)])
    wide = cells.pivot(index=["task", "model"], columns="shots", values="cell")
    wide = wide.reindex([(task, model) for task in TASKS for model in MODELS])[SHOTS].reset_index()
    wide["items"] = wide["task"].map(items["test"]).map(str)
    wide["constant answer"] = wide["task"].map(constant).map(lambda level: written(level, 3))
    notes = [
        f"{CARDS} They name every score F1; polyglot_ko_names.md has what HellaSwag's and WiC's are. Columns: number of"
        " examples in the prompt.",
        "Constant answer: macro F1 of one answer to all questions, where each answer is right as often as the others;"
        " where one is commoner, it gives more. †: not above it. =: another model has the same four digits there.",
    ]
    shown = wide.rename(columns={shots: f"{shots} shots" for shots in SHOTS})
    return Table("polyglot_ko_kobest", "KOBEST as Polyglot-Ko's cards print it", rows, shown, notes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", required=True, help="folder of the printed tables")
    parser.add_argument("--parameters", required=True, help="CSV of the counted parameters")
    parser.add_argument("--out", required=True, help="folder for the tables")
    arguments = parser.parse_args()

    printed = load_polyglot_ko(arguments.published)
    for table in (
        sources(printed["polyglot_ko_sources"]),
        models(printed["polyglot_ko_models"], read_sheet(arguments.parameters, COUNTED)),
        kobest(printed["polyglot_ko_kobest_f1"], printed["kobest_tasks"]),
    ):
        write(table, arguments.out)


if __name__ == "__main__":
    run(main)
