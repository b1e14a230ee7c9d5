"""Write a ledger of claims: a table, and a page that reads on its own, what differs first."""

from pathlib import Path

import pandas as pd

from polyglot.analysis.claims.ledger import DIFFERS, NOT_DERIVABLE, REPRODUCED, VERDICTS, Ledger, relative_difference
from polyglot.core.files import whole
from polyglot.core.sheets import write_sheet

KINDS = {"anchors": 0, "definition": 0, "rank": 1, "order": 1, "count": 2, "sum": 2}  # any other is a single number
HEADINGS = {DIFFERS: "Differs", NOT_DERIVABLE: "Cannot be derived", REPRODUCED: "Reproduced"}


def worst_first(rows: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Claims that bear on every score, then orders, then counts, then single numbers.

    Within each of these, the largest difference relative to the paper's number first.
    """
    kind = claims.set_index("claim_id")["quantity"].map(KINDS).fillna(max(KINDS.values()) + 1)
    distance = [relative_difference(*pair) for pair in zip(rows["paper_value"], rows["recomputed_value"], strict=True)]
    keyed = rows.assign(kind=[kind[item] for item in rows["claim_id"]], distance=distance)
    return keyed.sort_values(["kind", "distance"], ascending=[True, False], kind="stable")[rows.columns]


def markdown(ledger: Ledger, claims: pd.DataFrame, title: str, source: str) -> str:
    """The ledger as a page: counts, then the claims by verdict, worst first; `source` tells where numbers are from."""
    counts = ledger.counts
    blocks = [
        f"# {title}",
        f"{source} Of {len(ledger.rows)} claims {counts[DIFFERS]} differ, {counts[NOT_DERIVABLE]} cannot be derived and"
        f" {counts[REPRODUCED]} are reproduced. What bears on every score comes first, then orders, counts and"
        " single numbers; within these the largest relative difference.",
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


def write_ledger(path: Path, ledger: Ledger, claims: pd.DataFrame, title: str, source: str) -> None:
    """Write the ledger to `path`, a CSV file, and its page beside it."""
    write_sheet(path, ledger.rows)
    with whole(path.with_suffix(".md")) as temporary:
        temporary.write_text(markdown(ledger, claims, title, source), encoding="utf-8")
