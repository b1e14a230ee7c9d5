"""Run every claim's test; importing a module of tests registers them in the ledger's TESTS."""

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
    for itertuple in claims.itertuples():
        if itertuple.claim_id not in TESTS:
            raise InputError(f"claim {itertuple.claim_id} has no test; add one in scripts/polyglot/analysis/claims/")
        result = TESTS[itertuple.claim_id](evidence)
        note = result.note
        if result.verdict != NOT_DERIVABLE:
            inputs = INPUTS[itertuple.claim_id] if evidence.printed is not None else "this study's scores"
            note = f"{note} Inputs: {inputs}. Tolerance: {result.tolerance}."
        rows.append(
            (
                itertuple.claim_id,
                itertuple.where,
                itertuple.statement,
                itertuple.unit,
                itertuple.paper_value,
                result.value,
                result.verdict,
                note,
            )
        )
    columns = ["claim_id", "where", "statement", "unit", "paper_value", "recomputed_value", "verdict", "note"]
    table = pd.DataFrame(rows, columns=columns)
    return Ledger(table, {verdict: int((table["verdict"] == verdict).sum()) for verdict in VERDICTS})
