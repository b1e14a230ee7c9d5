"""Compute the figure of Polyglot-Ko's sizes: mean KOBEST score over shots by task and model, and over all tasks.

Reads the printed tables and the counted parameters; writes the CSV for the figure and a JSON of annotations.
"""

import argparse

import pandas as pd

from polyglot.analysis.parameter_counts import COUNTED
from polyglot.analysis.polyglot_ko import SHOTS, SIZES, TASKS, billions, load_polyglot_ko
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet

ALL = "all tasks"


def means(scores: pd.DataFrame, sizes: dict[str, float]) -> pd.DataFrame:
    """Rows (model, own, size_b, task, score): means over shots, and over tasks and shots for `all tasks`."""
    by_task = scores.groupby(["model", "task"])["f1"].mean().unstack()[TASKS]
    rows = (
        by_task.assign(**{ALL: by_task.mean(axis=1)}).rename_axis("task", axis=1).stack().rename("score").reset_index()
    )
    rows["own"] = rows["model"].isin(SIZES)
    rows["size_b"] = rows["model"].map(sizes)
    return rows[["model", "own", "size_b", "task", "score"]].sort_values(["own", "size_b"], ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", required=True, help="folder of the printed tables")
    parser.add_argument("--parameters", required=True, help="CSV of the counted parameters")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    scores = load_polyglot_ko(arguments.published)["polyglot_ko_kobest_f1"]
    write_sheet(arguments.out, means(scores, billions(read_sheet(arguments.parameters, COUNTED))))
    write_json(arguments.annotations, {"tasks": [ALL, *TASKS], "shots": SHOTS})


if __name__ == "__main__":
    run(main)
