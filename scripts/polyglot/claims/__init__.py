"""The paper's claims, each tested by a small function; importing the package registers all of them."""

from polyglot.claims import bases, counts, evaluations, methods, models, weights
from polyglot.claims import scores as scores
from polyglot.claims.ledger import Evidence, Finding, Ledger, judge

__all__ = ["Evidence", "Finding", "Ledger", "bases", "counts", "evaluations", "judge", "methods", "models", "weights"]
