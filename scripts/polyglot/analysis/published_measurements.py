"""Turn the printed tables into the study `published`.

Reads every file of resources/published/ (each against its schema, so that a mistake in one stops before anything is
drawn); writes measurements.csv in the columns of every other study, so that all later steps are the same code, and
teachers.csv, the facts about teachers that the statistics use (their own benchmark scores are not printed).
"""

import argparse

from polyglot.analysis.measurements import write_measurements
from polyglot.analysis.reference import load, measurements, teachers
from polyglot.core.errors import run
from polyglot.core.sheets import write_sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", required=True, help="folder of the printed tables")
    parser.add_argument("--out", required=True, help="measurements.csv to write")
    parser.add_argument("--teachers", required=True, help="teachers.csv to write")
    arguments = parser.parse_args()

    tables = load(arguments.published)
    rows = measurements(tables)
    write_measurements(arguments.out, rows.to_dict("records"))
    write_sheet(arguments.teachers, teachers(tables))


if __name__ == "__main__":
    run(main)
