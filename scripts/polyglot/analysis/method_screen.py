"""Order teachers by their rows of each method alone, before any student is trained: what mixtures by method choose by.

Reads the frozen rows by which teachers are screened, with their metrics, screen.json and the evidence that it stands on
(see analysis.screen). Writes method_screen.csv: a row a language, method and teacher, with its number of rows and its
value, more is better. The predictor is the one that screen.md is ordered by in the language, of a method's rows alone;
the share of answers in the language, which is of no method alone, has no part in it. Of one student base.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from polyglot.analysis.measurements import KEY
from polyglot.analysis.observations import Observations, read_rows
from polyglot.analysis.predictors import ALL_Z, FIDELITY, RIDGE, measured, weighted, weights_of
from polyglot.analysis.screen import Evidence, calibrated, read_evidence
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, read_parquet
from polyglot.core.sheets import check, write_sheet
from polyglot.metrics.registry import COLUMNS
from polyglot.study.design import Cell
from polyglot.synthesis.chosen_teachers import METHOD_SCREEN

# column of a row's table → the metric of a data set that is its mean
MEANS = {
    "prompt_distance": "prompt_diversity",
    "response_distance": "response_diversity",
    "score": "judge_score",
    "perplexity": "perplexity",
    "prompt_length": "prompt_length",
    "response_length": "response_length",
}


def read_methods(results: Path, cells: Sequence[Cell]) -> dict[str, list[tuple[Cell, pd.DataFrame]]]:
    """The rows of each method with their values, by method, of each cell that has some."""
    methods: dict[str, list[tuple[Cell, pd.DataFrame]]] = {}
    for cell in cells:
        data = results / "data" / f"{cell.data}.parquet"
        observed = read_rows(data, results / "intrinsic" / cell.data, cell.student_base).assign(data=cell.data)
        for method, part in observed.groupby(read_parquet(data, ["method"])["method"]):
            methods.setdefault(str(method), []).append((cell, part))
    return methods


def of_method(parts: Sequence[tuple[Cell, pd.DataFrame]], orders: dict[str, str], evidence: Evidence) -> list[Json]:
    """Each teacher's value in each language by the rows of one method; `orders` are the predictors of the languages."""
    listed = [{**cell._asdict(), **part[list(MEANS)].mean().rename(MEANS), "rows": len(part)} for cell, part in parts]
    rows = pd.DataFrame(listed).reindex(columns=[*KEY, *COLUMNS, "rows"]).sort_values(KEY, ignore_index=True)
    by_language: dict[str, list[pd.DataFrame]] = {}
    for cell, part in parts:
        by_language.setdefault(cell.language, []).append(part)
    observations = {language: Observations(pd.DataFrame(), pd.concat(own)) for language, own in by_language.items()}
    cells = measured(rows, observations)
    for name, weight in {**weights_of(cells), RIDGE: calibrated(evidence, cells)}.items():
        cells[name] = weighted(cells, weight)
    counts = rows.groupby(["teacher", "language"])["rows"].sum()
    results = []
    for row in cells.to_dict("records"):
        order = orders[row["language"]] if orders[row["language"]] != FIDELITY else ALL_Z
        key = {"language": row["language"], "teacher": row["teacher"], "predictor": order}
        results.append({**key, "rows": counts[row["teacher"], row["language"]], "value": row[order]})
    return results


def main() -> None:
    """Parse the command line, order the teachers for each method, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="folder of the study")
    parser.add_argument("--cells", type=json.loads, required=True, help="JSON list of cells, as study.design.Cell")
    parser.add_argument("--screen", type=Path, required=True, help="screen.json of the study")
    parser.add_argument("--evidence", type=Path, required=True, help="folder of the finished study")
    parser.add_argument("--out", type=Path, required=True, help="method_screen.csv to write")
    arguments = parser.parse_args()
    cells = [Cell(*values) for values in arguments.cells]
    base = cells[0].student_base
    orders = {language: entry["order"] for language, entry in read_json(arguments.screen)[base]["languages"].items()}
    evidence = read_evidence(arguments.evidence, base)
    rows = [
        {**row, "method": method}
        for method, parts in read_methods(arguments.results, cells).items()
        for row in of_method(parts, orders, evidence)
    ]
    table = pd.DataFrame(rows, columns=list(METHOD_SCREEN.columns))
    table = table.sort_values(list(METHOD_SCREEN.unique), ignore_index=True)
    write_sheet(arguments.out, check(table, METHOD_SCREEN, arguments.out))


if __name__ == "__main__":
    run(main)
