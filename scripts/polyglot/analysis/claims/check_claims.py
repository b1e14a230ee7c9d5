"""Test the paper's claims and write the ledger: one row for each row of the claim list.

Reads the claim list, scores.csv, the study's statistics, facts about languages, comparison.csv where the study has one
and, for the study `published`, the printed tables; writes claims.csv and claims.md, which reads on its own: what
differs first, then the claims that cannot be derived, then the reproduced ones. The tests are the functions of the
modules that `registered` imports, one a claim.
"""

import argparse
import json
from pathlib import Path

from polyglot.analysis.claims.gather import from_print, from_scores
from polyglot.analysis.claims.ledger import check_all
from polyglot.analysis.claims.ledger_page import write_ledger
from polyglot.analysis.claims.registered import TESTS
from polyglot.analysis.comparison import COMPARISON
from polyglot.analysis.reference import CLAIMS, LANGUAGES, load
from polyglot.analysis.score import SCORES
from polyglot.core.errors import run
from polyglot.core.files import read_json
from polyglot.core.sheets import read_sheet

PRINTED = (
    "Every number is recomputed from the paper's own printed tables (arXiv 2604.11290) and, where anchors are named,"
    " from those that the released student scores imply."
)
MEASURED = "Every number is from this study's own measurements."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--claims", required=True, help="CSV of the claims")
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument("--mixed", required=True, help="mixed.json of the study's statistics")
    parser.add_argument("--components", required=True, help="components.json of the study's statistics")
    parser.add_argument("--languages", required=True, help="CSV of facts about languages (Table 8)")
    parser.add_argument("--families", type=json.loads, default={}, help="JSON: teacher or student base → model family")
    parser.add_argument("--comparison", help="comparison.csv, where the study has one")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--main-base", required=True)
    parser.add_argument("--published", help="folder of the printed tables; only for the study of that name")
    parser.add_argument("--out", required=True, type=Path, help="claims.csv to write; claims.md goes beside it")
    arguments = parser.parse_args()

    scores = read_sheet(arguments.scores, SCORES)
    main_part = (arguments.main_recipe, arguments.main_size, arguments.main_base)
    statistics = (read_json(arguments.mixed), read_json(arguments.components))
    if arguments.published:
        evidence = from_print(scores, main_part, statistics, load(arguments.published))
    else:
        languages = read_sheet(arguments.languages, LANGUAGES)
        compared = read_sheet(arguments.comparison, COMPARISON) if arguments.comparison else None
        evidence = from_scores(scores, main_part, statistics, arguments.families, languages, compared)
    claims = read_sheet(arguments.claims, CLAIMS)
    source = MEASURED if evidence.printed is None else PRINTED
    write_ledger(arguments.out, check_all(claims, evidence, TESTS), claims, "Claims of the paper", source)


if __name__ == "__main__":
    run(main)
