"""The ledger with every test registered: a module of tests registers its own when it is imported."""

from polyglot.claims import bases, counts, evaluations, methods, models, scores, weights
from polyglot.claims.ledger import TESTS, judge

MODULES = [bases, counts, evaluations, methods, models, scores, weights]

__all__ = ["MODULES", "TESTS", "judge"]
