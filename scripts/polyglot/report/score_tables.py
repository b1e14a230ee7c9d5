"""Write the tables computed from scores: 1, 2, 11, 12, 14, 15 and 16, each as CSV, Markdown and LaTeX.

Reads scores.csv, ranking.csv and, for the study `published`, the printed tables, to set beside every recomputed number.
A table without measurements in the study is written with a sentence that names the missing part.
"""

import argparse
import json

from polyglot.analysis.ranking import RANKING
from polyglot.analysis.reference import load
from polyglot.analysis.score import SCORES
from polyglot.core.errors import run
from polyglot.core.sheets import read_sheet
from polyglot.report.comparison_tables import table_02, table_14, table_15, table_16
from polyglot.report.main_tables import Study, table_01, table_11, table_12
from polyglot.report.table_files import write

TABLES = [table_01, table_02, table_11, table_12, table_14, table_15, table_16]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--ranking", required=True, help="ranking.csv of the study")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True, help="student base of the main tables")
    parser.add_argument("--families", type=json.loads, default={}, help="JSON: teacher or student base → model family")
    parser.add_argument("--published", help="folder of the printed tables; only for the study of that name")
    parser.add_argument("--out", required=True, help="folder for table_NN.csv, .md and .tex")
    arguments = parser.parse_args()

    study = Study(
        read_sheet(arguments.scores, SCORES),
        arguments.main_recipe,
        arguments.main_size,
        arguments.main_base,
        arguments.families,
        load(arguments.published) if arguments.published else None,
        read_sheet(arguments.ranking, RANKING),
    )
    for table in TABLES:
        write(table(study), arguments.out)


if __name__ == "__main__":
    run(main)
