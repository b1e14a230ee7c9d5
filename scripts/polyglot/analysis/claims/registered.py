"""Every claim against its test: importing a module of tests registers what it holds in the ledger's TESTS."""

from dataclasses import dataclass, field

import pandas as pd

from polyglot.analysis.claims import (  # noqa: F401 - for the tests that they register
    base_claims,
    count_claims,
    evaluation_claims,
    method_claims,
    model_claims,
    score_claims,
    weight_claims,
)
from polyglot.analysis.claims.ledger import INPUTS, NOT_DERIVABLE, TESTS, VERDICTS, Evidence
from polyglot.core.errors import InputError


@dataclass(frozen=True)
class Ledger:
    """All findings in the order of the claim list."""

    rows: pd.DataFrame
    counts: dict[str, int] = field(default_factory=dict)


def check_all(claims: pd.DataFrame, evidence: Evidence) -> Ledger:
    """Test every row of the claim list. Raises InputError for a claim that has no test."""
    rows = []
    for one in claims.itertuples():
        if one.claim_id not in TESTS:
            raise InputError(f"claim {one.claim_id} has no test; add one in scripts/polyglot/analysis/claims/")
        found = TESTS[one.claim_id](evidence)
        note = found.note
        if found.verdict != NOT_DERIVABLE:
            inputs = INPUTS[one.claim_id] if evidence.printed is not None else "this study's scores"
            note = f"{note} Inputs: {inputs}. Tolerance: {found.tolerance}."
        rows.append(
            (one.claim_id, one.where, one.statement, one.unit, one.paper_value, found.value, found.verdict, note)
        )
    columns = ["claim_id", "where", "statement", "unit", "paper_value", "recomputed_value", "verdict", "note"]
    table = pd.DataFrame(rows, columns=columns)
    return Ledger(table, {verdict: int((table["verdict"] == verdict).sum()) for verdict in VERDICTS})
