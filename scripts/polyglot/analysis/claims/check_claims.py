"""Test the paper's claims and write the ledger: one row for each row of the claim list.

Reads the claim list, scores.csv, the study's statistics, facts about languages, comparison.csv where the study has one
and, for the study `published`, the printed tables; writes claims.csv and claims.md, which reads on its own: what
differs first, then the claims that cannot be derived, then the reproduced ones. The tests are the functions of the
modules that `registered` imports, one a claim.
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from polyglot.analysis.claims.gather import from_print, from_scores
from polyglot.analysis.claims.ledger import DIFFERS, NOT_DERIVABLE, REPRODUCED, VERDICTS, relative_difference
from polyglot.analysis.claims.registered import Ledger, check_all
from polyglot.analysis.comparison import COMPARISON
from polyglot.analysis.reference import CLAIMS, LANGUAGES, load
from polyglot.analysis.score import SCORES
from polyglot.core.errors import run
from polyglot.core.files import read_json, whole
from polyglot.core.sheets import read_sheet, write_sheet

KINDS = {"anchors": 0, "definition": 0, "rank": 1, "order": 1, "count": 2, "sum": 2}  # any other is a single number
HEADINGS = {DIFFERS: "Differs", NOT_DERIVABLE: "Cannot be derived", REPRODUCED: "Reproduced"}


def worst_first(rows: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Claims that bear on every score, then on orders of teachers, then counts, then single numbers.

    Within each of these, the largest difference relative to the paper's number first.
    """
    kind = claims.set_index("claim_id")["quantity"].map(KINDS).fillna(max(KINDS.values()) + 1)
    distance = [relative_difference(*pair) for pair in zip(rows["paper_value"], rows["recomputed_value"], strict=True)]
    keyed = rows.assign(kind=[kind[item] for item in rows["claim_id"]], distance=distance)
    return keyed.sort_values(["kind", "distance"], ascending=[True, False], kind="stable")[rows.columns]


def markdown(ledger: Ledger, claims: pd.DataFrame, from_paper: bool) -> str:
    """The ledger as a page: counts, then the claims by verdict, worst first."""
    counts = ledger.counts
    source = (
        "Every number is recomputed from the paper's own printed tables (arXiv 2604.11290) and, where anchors are"
        " named, from those that the released student scores imply."
        if from_paper
        else "Every number is from this study's own measurements."
    )
    blocks = [
        "# Claims of the paper",
        f"{source} Of {len(ledger.rows)} claims {counts[DIFFERS]} differ, {counts[NOT_DERIVABLE]} cannot be derived and"
        f" {counts[REPRODUCED]} are reproduced. What bears on every score comes first, then orders of teachers, counts"
        " and single numbers; within these the largest relative difference.",
    ]
    for verdict in VERDICTS:
        rows = worst_first(ledger.rows[ledger.rows["verdict"] == verdict], claims)
        blocks.append(f"## {HEADINGS[verdict]} ({len(rows)})")
        for row in rows.itertuples():
            recomputed = f"; recomputed: {row.recomputed_value}" if row.recomputed_value else ""
            blocks.append(
                f"**{row.claim_id}** ({row.where}). {row.statement.rstrip('.')}.\n"
                f"Paper: {row.paper_value}{recomputed} ({row.unit}).\n{row.note}"
            )
    return "\n\n".join(blocks) + "\n"


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
    ledger = check_all(claims, evidence)
    write_sheet(arguments.out, ledger.rows)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(markdown(ledger, claims, evidence.printed is not None), encoding="utf-8")


if __name__ == "__main__":
    run(main)
