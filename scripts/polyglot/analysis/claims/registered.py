"""All tests of the first paper's claims: importing a module of tests registers them in the ledger's TESTS."""

from polyglot.analysis.claims import (  # noqa: F401 - for the tests that they register
    base_claims,
    count_claims,
    error_claims,
    evaluation_claims,
    figure_claims,
    method_claims,
    model_claims,
    score_claims,
    weight_claims,
)
from polyglot.analysis.claims.ledger import TESTS  # noqa: F401 - complete only here
