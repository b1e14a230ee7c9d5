"""Compute Figure 3: the loadings of the intrinsic metrics on their principal components.

Reads components.json of the study's statistics; writes the CSV for the figure (one row per component and metric) and a
JSON of annotations.
"""

import argparse

import pandas as pd

from polyglot.analysis.regression import cumulative
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, write_json
from polyglot.core.sheets import write_sheet


def loadings(report: Json) -> pd.DataFrame:
    """Rows (component, metric, loading, explained, cumulative); no rows if the study has no components."""
    columns = ["component", "metric", "loading", "explained", "cumulative"]
    shares = report.get("explained", [])
    rows = []
    for (component, column), explained, total in zip(
        report.get("loadings", {}).items(), shares, cumulative(shares), strict=True
    ):
        rows += [(component, metric, value, explained, total) for metric, value in column.items()]
    return pd.DataFrame(rows, columns=columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", required=True, help="components.json of the study's statistics")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    report = read_json(arguments.components)
    write_sheet(arguments.out, loadings(report))
    write_json(arguments.annotations, {key: report.get(key) for key in ("cells", "metrics", "left_out", "reason")})


if __name__ == "__main__":
    run(main)
