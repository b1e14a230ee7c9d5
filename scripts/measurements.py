"""Join the tables of measurements of all student bases and languages into the study's measurements.csv, sorted."""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.errors import run
from polyglot.measurements import read_measurements, write_measurements


def main() -> None:
    """Parse the command line, join, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, nargs="+", required=True, help="tables of the same columns")
    parser.add_argument("--out", type=Path, required=True, help="measurements.csv")
    arguments = parser.parse_args()
    joined = pd.concat(map(read_measurements, arguments.tables), ignore_index=True)
    write_measurements(arguments.out, joined.to_dict("records"))


if __name__ == "__main__":
    run(main)
