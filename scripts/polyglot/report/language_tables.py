"""Write Tables 18 (seed counts) and 19 (scores) for the language in which a study compares students with other models.

Reads the counts of the seed sources with that language, and comparison.csv; writes CSV, Markdown and LaTeX.
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.analysis.comparison import COMPARISON
from polyglot.core.errors import InputError, run
from polyglot.core.files import read_json
from polyglot.core.numerals import written
from polyglot.core.sheets import read_sheet
from polyglot.report.table_files import Table, write


def table_18(counts: dict[str, int], name: str) -> Table:
    """Seed rows of one language by source, with the total."""
    rows = pd.DataFrame([*sorted(counts.items()), ("total", sum(counts.values()))], columns=["source", "examples"])
    shown = rows.assign(examples=[written(count, 0) for count in rows["examples"]])
    return Table("18", f"Seed examples in {name} by source", rows, shown)


def table_19(scores: pd.DataFrame, baseline: str, name: str) -> Table:
    """Every model's score in per cent, best first, and its difference from the students of `baseline`."""
    by_model = scores.set_index("model")["score"]
    if baseline not in by_model.index:
        raise InputError(f"comparison.csv: no student {baseline}; set comparison.baseline to a student of the design")
    rows = scores.assign(score=100 * scores["score"], se=100 * scores["se"], minus_baseline=0.0)
    rows["minus_baseline"] = rows["score"] - 100 * by_model[baseline]
    rows = rows.sort_values(["score", "model"], ascending=[False, True], ignore_index=True)
    shown = pd.DataFrame(
        {
            "model": rows["model"],
            "kind": rows["kind"],
            "score": [written(score, 2) for score in rows["score"]],
            "±": [written(error, 2, unknown="") for error in rows["se"]],
            f"minus {baseline}": [written(gap, 2, signed=True) for gap in rows["minus_baseline"]],
        }
    )
    note = (
        "Per cent, mean of the study's benchmarks that hold the language; ±: standard error of the evaluation. Students"
        " are named by teacher, recipe and rows, and are means over trials."
    )
    return Table("19", f"Students of {name} beside other models", rows, shown, [note])


def main() -> None:
    """Parse the command line, make both tables, write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", required=True, help="counts.json of each source with the language")
    parser.add_argument("--comparison", required=True, help="comparison.csv of the study")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--language-name", required=True, help="English name of the language")
    parser.add_argument("--baseline", required=True, help="name of the students that differences are relative to")
    parser.add_argument("--out", required=True, help="folder for table_NN.csv, .md and .tex")
    arguments = parser.parse_args()

    counts = {}
    for file in arguments.seeds:
        by_language = read_json(file).get("by_language", {})
        counts[Path(file).name.removesuffix(".counts.json")] = by_language.get(arguments.language, 0)
    scores = read_sheet(arguments.comparison, COMPARISON)
    write(table_18(counts, arguments.language_name), arguments.out)
    write(table_19(scores, arguments.baseline, arguments.language_name), arguments.out)


if __name__ == "__main__":
    run(main)
