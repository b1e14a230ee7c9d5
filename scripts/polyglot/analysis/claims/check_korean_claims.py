"""Test the claims of Polyglot-Ko on what it prints and write their ledger.

Reads the printed tables and the counted parameters; writes a CSV with the columns of claims.csv and a page beside it.
"""

import argparse
from pathlib import Path

from polyglot.analysis.claims import (  # noqa: F401 - for the tests that they register
    kobest_claims,
    korean_model_claims,
)
from polyglot.analysis.claims.korean_evidence import KOREAN_TESTS, KoreanEvidence
from polyglot.analysis.claims.ledger import check_all
from polyglot.analysis.claims.ledger_page import write_ledger
from polyglot.analysis.parameter_counts import COUNTED
from polyglot.analysis.polyglot_ko import load_polyglot_ko
from polyglot.core.errors import run
from polyglot.core.sheets import read_sheet

SOURCE = (
    "Every number is recomputed from what the report (arXiv 2306.02254) and the model cards print, from their"
    " architectures built without weights, and, where a rerun is named, from what others measured for the same cell."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", required=True, help="folder of the printed tables")
    parser.add_argument("--parameters", required=True, help="CSV of the counted parameters")
    parser.add_argument("--out", required=True, type=Path, help="CSV to write; the page goes beside it")
    arguments = parser.parse_args()

    printed = load_polyglot_ko(arguments.published)
    evidence = KoreanEvidence(printed, read_sheet(arguments.parameters, COUNTED).set_index("model"))
    claims = printed["polyglot_ko_claims"]
    ledger = check_all(claims, evidence, KOREAN_TESTS)
    write_ledger(arguments.out, ledger, claims, "Claims of Polyglot-Ko", SOURCE)


if __name__ == "__main__":
    run(main)
