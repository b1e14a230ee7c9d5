"""Compute Figure 9: students beside their untrained base and the reference.

Reads measurements.csv. Writes the CSV for the figure, one row per (language, model): each teacher's student in the main
block (mean over trials), the untrained base and the reference, with the standard error of the score; and a JSON of
annotations. With --comparison, the figure shows that comparison of students with other models instead.
"""

import argparse

from polyglot.analysis.comparison import COMPARISON, compared
from polyglot.analysis.measurements import read_measurements
from polyglot.core.errors import run
from polyglot.core.files import write_json
from polyglot.core.sheets import read_sheet, write_sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True)
    parser.add_argument("--comparison", help="comparison.csv, if the study has one")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    if arguments.comparison:
        drawn, named_by = read_sheet(arguments.comparison, COMPARISON), "teacher, recipe and rows"
    else:
        rows = read_measurements(arguments.measurements)
        main_rows = rows[
            (rows["recipe"] == arguments.main_recipe)
            & (rows["size"] == arguments.main_size)
            & (rows["student_base"] == arguments.main_base)
        ]
        drawn, named_by = compared(main_rows), "teacher"
    write_sheet(arguments.out, drawn)
    write_json(
        arguments.annotations,
        {
            "student_base": arguments.main_base,
            "rows": int((drawn["kind"] == "student").sum()),
            "named_by": named_by,
            "others": bool((drawn["kind"] == "other").any()),
        },
    )


if __name__ == "__main__":
    run(main)
