"""Compute the figure of Polyglot-Ko's KOBEST scores by task, model and shots, with the level of a constant answer.

Reads the printed tables and the counted parameters; writes the CSV for the figure, one row a (task, model, shots), and
a JSON of annotations.
"""

import argparse

import pandas as pd

from polyglot.analysis.parameter_counts import COUNTED
from polyglot.analysis.polyglot_ko import CONSTANT, OTHERS, SIZES, TASKS, billions, load_polyglot_ko
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet

DRAWN = [*reversed(SIZES), *OTHERS]


def drawn(scores: pd.DataFrame, options: dict[str, int], sizes: dict[str, float]) -> pd.DataFrame:
    """The scores in the order of tasks and models, with the level of a constant answer as macro F1 and as accuracy."""
    rows = scores.rename(columns={"f1": "score"}).assign(size_b=scores["model"].map(sizes))
    rows["constant_f1"] = rows["task"].map(lambda task: CONSTANT[options[task]])
    rows["constant_accuracy"] = rows["task"].map(lambda task: 1 / options[task])

    def order(column: pd.Series) -> pd.Series:
        return column if column.name == "shots" else column.map([*TASKS, *DRAWN].index)

    return rows.sort_values(["task", "model", "shots"], key=order, ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", required=True, help="folder of the printed tables")
    parser.add_argument("--parameters", required=True, help="CSV of the counted parameters")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    printed = load_polyglot_ko(arguments.published)
    options = printed["kobest_tasks"].set_index("task")["options"].to_dict()
    sizes = billions(read_sheet(arguments.parameters, COUNTED))
    write_sheet(arguments.out, drawn(printed["polyglot_ko_kobest_f1"], options, sizes))
    write_json(arguments.annotations, {"tasks": TASKS, "models": DRAWN, "own": SIZES})


if __name__ == "__main__":
    run(main)
