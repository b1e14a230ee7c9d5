"""Collect the measurements of the students of one base in one language into a table, one row a student.

Reads the intrinsic metrics of each cell's data set and the evaluations of student, base and reference, which lie below
the study's folder as the layout has them. Writes a CSV, sorted, empty where the study measured nothing.
Student, base and reference must have been asked the same items of the same benchmarks: else it is an error.
"""

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from polyglot.analysis.measurements import measure, write_measurements
from polyglot.core.errors import run
from polyglot.study.design import Cell


def main() -> None:
    """Parse the command line, read every cell's files, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="folder of the study")
    parser.add_argument("--cells", type=json.loads, required=True, help="JSON list of cells, as polyglot.design.Cell")
    parser.add_argument("--base", required=True, help="id of the student base's model: the lower anchor")
    parser.add_argument("--reference", required=True, help="id of the model that is the upper anchor")
    parser.add_argument(
        "--measures", type=json.loads, required=True, help='JSON: benchmark → column, "culture" and so on'
    )
    parser.add_argument("--out", type=Path, required=True, help="the .csv file to write")
    arguments = parser.parse_args()

    rows = []
    for cell in tqdm([Cell(*values) for values in arguments.cells], desc="cells"):
        evaluations = arguments.results / "evaluations"
        folders = {
            "student": evaluations / "students" / cell.student_base / cell.data,
            "base": evaluations / "models" / arguments.base / cell.language,
            "reference": evaluations / "models" / arguments.reference / cell.language,
        }
        rows.append(measure(cell, arguments.results / "intrinsic" / cell.data, folders, arguments.measures))
    write_measurements(arguments.out, rows)


if __name__ == "__main__":
    run(main)
