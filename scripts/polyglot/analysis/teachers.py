"""Collect the facts about teachers that the statistics use: their size and their own score on the benchmarks.

Reads the evaluations of the teachers themselves (evaluations/models/{model}/{language}/{benchmark}.json); writes
teachers.csv with one row a teacher: teacher, size_b (billions of parameters), performance (mean over languages of the
mean over benchmarks), languages (how many). What is not known, such as anything of a model behind an API, is empty.
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from polyglot.analysis.measurements import mean_score, read_evaluations
from polyglot.core.errors import run
from polyglot.core.sheets import write_sheet


def performance(folder: Path, benchmarks: list[str], languages: list[str]) -> float | None:
    """Mean over `languages` of a model's mean score over the benchmarks that exist in each; None without languages."""
    scores = [mean_score(read_evaluations(folder / code, benchmarks, code).values())[0] for code in languages]
    known = [score for score in scores if score is not None]
    return sum(known) / len(known) if known else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evaluations", type=Path, required=True, help="folder evaluations/models of the study")
    parser.add_argument("--benchmarks", type=json.loads, required=True, help="JSON list of benchmark ids")
    parser.add_argument(
        "--teachers",
        type=json.loads,
        required=True,
        help='JSON: teacher → {"model", "size_b", "languages"}; model null where it was not evaluated',
    )
    parser.add_argument("--out", required=True, help="teachers.csv to write")
    arguments = parser.parse_args()

    rows = []
    for teacher, facts in sorted(arguments.teachers.items()):
        languages = sorted(facts["languages"]) if facts["model"] else []
        score = performance(arguments.evaluations / str(facts["model"]), arguments.benchmarks, languages)
        rows.append((teacher, facts["size_b"], score, len(languages)))
    table = pd.DataFrame(rows, columns=["teacher", "size_b", "performance", "languages"])
    write_sheet(arguments.out, table.astype({"size_b": float, "performance": float}))


if __name__ == "__main__":
    run(main)
