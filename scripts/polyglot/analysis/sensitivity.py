"""Test the order of teachers against the choices behind the PG-Score.

Reads scores.csv and, where the study evaluated them, the base's and the reference's scores on single benchmarks; writes
variants.csv (each variant beside the baseline), survival.csv (which conclusions on the first three places hold under
which choices), alpha.csv (the curve over weights) and sensitivity.md, which shows the second.
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from polyglot.analysis.measurements import read_evaluations
from polyglot.analysis.score import SCORES, features
from polyglot.analysis.summaries import anchor_note, main_block
from polyglot.analysis.variants import alpha_curve, compare, mean_of_ratios, survival, variants
from polyglot.core.errors import InputError, run
from polyglot.core.files import whole
from polyglot.core.markdown import markdown_table
from polyglot.core.sheets import read_sheet, write_sheet


def of_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Means over trials of each (teacher, language): four features, pgr and gain."""
    values = pd.concat([features(rows), rows[["pgr", "gain"]]], axis=1)
    return values.groupby([rows["teacher"], rows["language"]]).mean().reset_index()


def single_benchmarks(rows: pd.DataFrame, folder: Path, anchors: list[str], measures: dict[str, str]) -> pd.DataFrame:
    """Rows (teacher, language, benchmark, student, base, reference) of the benchmarks that a language has."""
    results = []
    for language, part in rows.groupby("language"):
        base, reference = (read_evaluations(folder / model / language, measures, language) for model in anchors)
        for benchmark, column in measures.items():
            if base[benchmark]["n"]:
                students = part.groupby("teacher")[column].mean()
                results += [
                    (teacher, language, benchmark, score, base[benchmark]["score"], reference[benchmark]["score"])
                    for teacher, score in students.items()
                ]
    return pd.DataFrame(results, columns=["teacher", "language", "benchmark", "student", "base", "reference"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True)
    parser.add_argument("--evaluations", type=Path, help="folder evaluations/models, where single benchmarks exist")
    parser.add_argument("--anchors", type=json.loads, default=[], help="JSON list: model of the base, of the reference")
    parser.add_argument("--measures", type=json.loads, default={}, help="JSON: benchmark → column of scores.csv")
    parser.add_argument("--out", required=True, type=Path, help="folder to write into")
    arguments = parser.parse_args()

    scores = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    rows = scores[scores["student_base"] == arguments.main_base]
    if rows.empty:
        raise InputError(f"{arguments.scores}: no main cells of student base {arguments.main_base}; check the config")
    cells = of_cells(rows)
    ratios = None
    if arguments.evaluations:
        ratios = mean_of_ratios(single_benchmarks(rows, arguments.evaluations, arguments.anchors, arguments.measures))
    result = list(variants(cells, ratios))
    table = compare(result)
    held = survival(table, result[0].means)
    write_sheet(arguments.out / "variants.csv", table)
    write_sheet(arguments.out / "survival.csv", held)
    write_sheet(arguments.out / "alpha.csv", alpha_curve(cells))
    headers = ["conclusion", "choice", "holds under", "fails under"]
    lines = [[row.conclusion, row.choice, f"{row.holds} of {row.of}", row.fails_under] for row in held.itertuples()]
    blocks = [
        "# Sensitivity of the first three places",
        f"Students of {arguments.main_base}. Baseline: mean over languages of (z + PGR) / 2, z over all cells.",
        markdown_table(lines, headers) if lines else "No order to test: a teacher's mean is unknown.",
        "Where a teacher is left out, a conclusion is about the order of those that stay." if lines else "",
        ""
        if ratios is not None
        else "Mean of ratios against ratio of means: scores of single benchmarks are not known.",
        anchor_note(rows),
    ]
    with whole(arguments.out / "sensitivity.md") as temporary:
        temporary.write_text("\n\n".join(block for block in blocks if block) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
