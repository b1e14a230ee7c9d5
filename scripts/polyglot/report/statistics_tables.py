"""Write the tables of fitted models: 3 (mixed effects) and 4 (principal components), as CSV, Markdown and LaTeX.

Reads mixed.json and components.json of the study's statistics and, for the study `published`, the printed tables, to
set beside the recomputed numbers. A model that could not be fitted gets its reason and no numbers.
"""

import argparse

import numpy as np
import pandas as pd

from polyglot.analysis.reference import load
from polyglot.analysis.regression import cumulative
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json
from polyglot.core.numerals import written
from polyglot.report.table_files import Table, beside, write

PREDICTORS = {"log_size": "log_parameter_size", "performance": "average_multilingual_performance"}


def table_03(mixed: Json, printed: pd.DataFrame | None) -> Table:
    """Slope of PG-Score on each predictor, random intercepts for teacher and language."""
    rows = []
    for key, name in PREDICTORS.items():
        fit = mixed[key]
        numbers = {column: fit.get(column, np.nan) for column in ("beta", "se", "df", "p", "low", "high")}
        rows.append({"predictor": name, **numbers, "rows": fit["rows"], "status": fit["status"]})
    table = pd.DataFrame(rows)
    shown = pd.DataFrame({"predictor": table["predictor"].str.replace("_", " ")})
    by_predictor = None if printed is None else printed.set_index("predictor")
    for column in ("beta", "se", "p"):
        table[f"printed_{column}"] = [
            np.nan if by_predictor is None else by_predictor.at[name, column] for name in table["predictor"]
        ]
        shown[column] = [beside(*pair) for pair in zip(table[column], table[f"printed_{column}"], strict=True)]
    shown["df"] = table["df"].map(lambda value: written(value, 1))
    shown["95 % interval"] = [
        f"{written(low)} to {written(high)}" if np.isfinite(low) else ""
        for low, high in zip(table["low"], table["high"], strict=True)
    ]
    shown["rows"], shown["status"] = table["rows"].astype(str), table["status"]
    sizes = "Sizes are those of Table 7; GPT-4o mini has none." if printed is not None else ""
    missing = (
        "The second row needs each teacher's own benchmark scores, which are not printed; a study that evaluates its"
        " teachers computes it by the same rule."
    )
    note = (
        "Natural logarithm of the parameters in billions; REML; errors and degrees of freedom (df) by Kenward and"
        " Roger, p by Student's t."
    )
    return Table(
        "03",
        "Mixed-effects regression of PG-Score on facts about teachers",
        table,
        shown,
        [note, sizes, missing if printed is not None else "", mixed["anchors"]],
    )


def table_04(report: Json, printed: pd.DataFrame | None) -> Table:
    """Variance explained by the principal components of the intrinsic metrics."""
    explained = report.get("explained", [])
    table = pd.DataFrame(
        {
            "component": range(1, len(explained) + 1),
            "variance_explained": explained,
            "cumulative": cumulative(explained),
        }
    ).astype({"component": int, "variance_explained": float, "cumulative": float})
    if printed is not None:
        table = table.merge(
            printed.rename(columns=lambda name: name if name == "component" else f"printed_{name}"), how="outer"
        )
    shown = pd.DataFrame({"component": table["component"].astype(str)})
    for column in [name for name in table.columns if name != "component"]:
        shown[column.replace("_", " ")] = table[column].map(written)
    metrics = f"Recomputed over {report['cells']} cells from: {', '.join(report['metrics']) or 'no metric'}."
    left_out = (
        f"Left out, not known in every cell or without spread: {', '.join(report['left_out'])}."
        if report["left_out"]
        else ""
    )
    missing = (
        "The printed components are of six metrics; prompt and response length are not printed, so the recomputed ones"
        " are of four and no difference is given."
    )
    return Table(
        "04",
        "Variance explained by principal components of the intrinsic metrics",
        table,
        shown,
        [metrics, left_out, missing if printed is not None else "", report.get("reason", "")],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mixed", required=True, help="mixed.json of the study's statistics")
    parser.add_argument("--components", required=True, help="components.json of the study's statistics")
    parser.add_argument("--published", help="folder of the printed tables; only for the study of that name")
    parser.add_argument("--out", required=True, help="folder for table_NN.csv, .md and .tex")
    arguments = parser.parse_args()

    printed = load(arguments.published) if arguments.published else {}
    write(table_03(read_json(arguments.mixed), printed.get("table03_mixed_effects")), arguments.out)
    write(table_04(read_json(arguments.components), printed.get("table04_pca_variance")), arguments.out)


if __name__ == "__main__":
    run(main)
