"""Collect the measurements of the students of one base in one language into a table, one row a student.

Reads the intrinsic metrics of each cell's data set and the evaluations of student, base and reference, which lie below
the study's folder as the layout has them. Writes a CSV, sorted, empty where the study measured nothing, and beside it
the items and rows that its numbers are means of (`.items.parquet`, `.rows.parquet`), from which errors are computed.
Student, base and reference must have been asked the same items of the same benchmarks: else it is an error.
"""

import argparse
import json
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from polyglot.analysis.measurements import measure, read_evaluations, write_measurements
from polyglot.analysis.observations import Observations, read_items, read_rows
from polyglot.core.errors import run
from polyglot.study.design import Cell


def main() -> None:
    """Parse the command line, read every cell's files, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="folder of the study")
    parser.add_argument("--cells", type=json.loads, required=True, help="JSON list of cells, as study.design.Cell")
    parser.add_argument("--base", required=True, help="id of the student base's model: the lower anchor")
    parser.add_argument("--reference", required=True, help="id of the model that is the upper anchor")
    parser.add_argument(
        "--measures", type=json.loads, required=True, help="JSON: benchmark → ability whose column it fills, or null"
    )
    parser.add_argument("--deciding", nargs="+", required=True, help="benchmarks whose mean is a model's score")
    parser.add_argument("--out", type=Path, required=True, help="the .csv file to write")
    arguments = parser.parse_args()

    cells = [Cell(*values) for values in arguments.cells]
    evaluations, intrinsic = arguments.results / "evaluations", arguments.results / "intrinsic"
    language = cells[0].language
    anchors = {
        "base": evaluations / "models" / arguments.base / language,
        "reference": evaluations / "models" / arguments.reference / language,
    }
    students = {cell.data: evaluations / "students" / cell.student_base / cell.data for cell in cells}
    measured, tables = [], []
    for cell in tqdm(cells, desc="cells"):
        folders = {"student": students[cell.data], **anchors}
        data = arguments.results / "data" / f"{cell.data}.parquet"
        rows = read_rows(data, intrinsic / cell.data, cell.student_base)
        tables.append(rows.assign(data=cell.data))
        row = measure(cell, intrinsic / cell.data, folders, arguments.measures, arguments.deciding)
        measured.append({**row, "rows": len(rows)})
    asked = read_evaluations(anchors["base"], arguments.measures, language)
    items = read_items(
        {**anchors, **students},
        {benchmark: evaluation["metric"] for benchmark, evaluation in asked.items() if evaluation["n"]},
        arguments.deciding,
    )
    write_measurements(arguments.out, measured)
    Observations(items, pd.concat(tables, ignore_index=True)).write(arguments.out)


if __name__ == "__main__":
    run(main)
