"""Compute Figure 3: the loadings of the intrinsic metrics on their principal components.

Reads components.json of the study's statistics, for the study `published` the printed loadings in its place; writes
the CSV for the figure (one row per component and metric) and a JSON of annotations.
"""

import argparse

import pandas as pd

from polyglot.analysis.reference import load
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


def printed_loadings(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The same rows from Figure 3 and Table 4."""
    shares = tables["table04_pca_variance"].rename(columns={"variance_explained": "explained"})
    rows = tables["figure03_loadings"].merge(shares, on="component").sort_values("component", kind="stable")
    rows["component"] = "PC" + rows["component"].astype(str)
    return rows[["component", "metric", "loading", "explained", "cumulative"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--components", required=True, help="components.json of the study's statistics")
    parser.add_argument("--published", help="folder of the printed tables; only for the study of that name")
    parser.add_argument("--out", required=True, help="CSV of the numbers drawn")
    parser.add_argument("--annotations", required=True, help="JSON of the annotations")
    arguments = parser.parse_args()

    if arguments.published:
        rows = printed_loadings(load(arguments.published))
        write_sheet(arguments.out, rows)
        metrics = rows["metric"].drop_duplicates().tolist()
        write_json(arguments.annotations, {"metrics": metrics, "printed": True})
        return
    report = read_json(arguments.components)
    write_sheet(arguments.out, loadings(report))
    kept = {key: report.get(key) for key in ("cells", "metrics", "left_out", "reason")}
    write_json(arguments.annotations, {**kept, "printed": False})


if __name__ == "__main__":
    run(main)
