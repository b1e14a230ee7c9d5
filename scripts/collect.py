"""Collect a study's measurements into one table, one row a student.

Reads the intrinsic metrics of each cell's data set and the evaluations of student, base and reference, which lie below
the study's folder as the layout has them. Writes measurements.csv, sorted, empty where the study measured nothing.
Student, base and reference must have been asked the same items of the same benchmarks: else it is an error.
"""

import argparse
import json
from pathlib import Path

from tqdm import tqdm

from polyglot.design import Cell
from polyglot.errors import run
from polyglot.measurements import measure, write_measurements


def main() -> None:
    """Parse the command line, read every cell's files, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="folder of the study")
    parser.add_argument("--cells", type=json.loads, required=True, help="JSON list of cells, as polyglot.design.Cell")
    parser.add_argument("--anchors", type=json.loads, required=True, help='JSON: student base → ["base", "reference"]')
    parser.add_argument(
        "--measures", type=json.loads, required=True, help='JSON: benchmark → column, "culture" and so on'
    )
    parser.add_argument("--out", type=Path, required=True, help="measurements.csv")
    arguments = parser.parse_args()

    rows = []
    for cell in tqdm([Cell(*values) for values in arguments.cells], desc="cells"):
        evaluations = arguments.results / "evaluations"
        base, reference = arguments.anchors[cell.student_base]
        folders = {
            "student": evaluations / "students" / cell.student_base / cell.data,
            "base": evaluations / "models" / base / cell.language,
            "reference": evaluations / "models" / reference / cell.language,
        }
        rows.append(measure(cell, arguments.results / "intrinsic" / cell.data, folders, arguments.measures))
    write_measurements(arguments.out, rows)


if __name__ == "__main__":
    run(main)
