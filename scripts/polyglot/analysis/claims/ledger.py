"""The ledger of claims: evidence, possible outcomes, the tests' registries, and the run of all tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from polyglot.core.errors import InputError
from polyglot.core.numerals import written

Json = dict[str, Any]
REPRODUCED, DIFFERS, NOT_DERIVABLE = "reproduced", "differs", "not_derivable"
VERDICTS = [DIFFERS, NOT_DERIVABLE, REPRODUCED]  # worst first
COLUMNS = ["claim_id", "where", "statement", "unit", "paper_value", "recomputed_value", "verdict", "note"]


@dataclass(frozen=True)
class Evidence:
    """All evidence for claims; a study's missing evidence is None or empty, never invented.

    Attributes:
        cells: main cells of the main student base, one row a (teacher, language): pg_score, z_intrinsic, pgr, gain.
        by_method: teacher, language, method, pg_score of single-method data sets.
        by_base: teacher × student base, mean PG-Score over the languages that all bases share.
        other_base: teacher × language PG-Score of a further student base, with `average` where that is printed.
        by_recipe: mean PG-Score of each recipe over teachers and languages, where the study has more than the main one.
        sizes: rows (teacher, language, size, gain) of the main recipe, where the study has several sizes.
        compared: students of one language beside other models, as in comparison.csv.
        students: number of students trained; None for print.
        providers: teacher or student base → provider or family, where known.
        mixed, components: results of the study's statistics.
        languages: facts about languages (Table 8).
        printed: the printed tables; only for the study `published`, None for any other.
    """

    cells: pd.DataFrame
    by_method: pd.DataFrame
    by_base: pd.DataFrame
    other_base: pd.DataFrame
    by_recipe: pd.Series
    sizes: pd.DataFrame
    compared: pd.DataFrame
    students: int | None
    providers: dict[str, str]
    mixed: Json
    components: Json
    languages: pd.DataFrame
    printed: dict[str, pd.DataFrame] | None = None

    @property
    def wide(self) -> pd.DataFrame:
        """teacher × language PG-Score of the main cells."""
        return self.cells.pivot(index="teacher", columns="language", values="pg_score").sort_index()

    @property
    def average(self) -> pd.Series:
        """Teachers' means over languages, best first; only teachers with a score in every language."""
        return self.wide.mean(axis=1, skipna=False).dropna().sort_values(ascending=False, kind="stable")


class Outcome(NamedTuple):
    """The answer to one claim.

    Attributes:
        value: what was recomputed, as text; empty where nothing was.
        note: one or more plain sentences.
        tolerance: how far the value may lie from the paper's, in words or as a number.
    """

    verdict: str
    value: str
    note: str
    tolerance: str = "none"


Test = Callable[[Any], Outcome]


class Registry(dict[str, Test]):
    """The tests of a document's claims by claim id; `inputs` names the printed tables that each of them uses."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: dict[str, str] = {}

    def claim(self, claim_id: str, inputs: str) -> Callable[[Test], Test]:
        """Register a function as the test of the claim with this id."""

        def register(test: Test) -> Test:
            if claim_id in self:
                raise ValueError(f"claim {claim_id} has two tests")
            self[claim_id], self.inputs[claim_id] = test, inputs
            return test

        return register


TESTS = Registry()  # of the first paper; Polyglot-Ko's are in korean_evidence
claim = TESTS.claim


@dataclass(frozen=True)
class Ledger:
    """All findings in the order of the claim list."""

    rows: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Verdict → number of claims."""
        return {verdict: int((self.rows["verdict"] == verdict).sum()) for verdict in VERDICTS}


def check_all(claims: pd.DataFrame, evidence: Any, tests: Registry) -> Ledger:
    """Test every row of the claim list. Raises InputError for a claim that has no test.

    Args:
        evidence: what the tests take; where its `printed` is None, it is a study's own.
    """
    rows = []
    for row in claims.itertuples():
        if row.claim_id not in tests:
            raise InputError(f"claim {row.claim_id} has no test; add one in scripts/polyglot/analysis/claims/")
        result = tests[row.claim_id](evidence)
        note = result.note
        if result.verdict != NOT_DERIVABLE:
            inputs = tests.inputs[row.claim_id] if evidence.printed is not None else "this study's scores"
            note = f"{note} Inputs: {inputs}. Tolerance: {result.tolerance}."
        stated = (row.claim_id, row.where, row.statement, row.unit, row.paper_value)
        rows.append((*stated, result.value, result.verdict, note))
    return Ledger(pd.DataFrame(rows, columns=COLUMNS))


def missing(what: str) -> Outcome:
    """The outcome of a claim whose input is missing; `what` completes the sentence."""
    return Outcome(NOT_DERIVABLE, "", f"Missing: {what}.")


def about_print() -> Outcome:
    """The verdict of a study with fresh measurements on a claim about how printed numbers fit together."""
    return Outcome(NOT_DERIVABLE, "", "The claim is about printed numbers; the study `published` tests it.")


def outcome(holds: bool, value: str, note: str, tolerance: str = "none") -> Outcome:
    """`reproduced` where the claim holds, else `differs`."""
    return Outcome(REPRODUCED if holds else DIFFERS, value, note, tolerance)


def near(value: float, paper: float, tolerance: float, note: str, decimals: int = 3) -> Outcome:
    """Compare a number with the paper's within a tolerance."""
    holds = abs(value - paper) <= tolerance * (1 + 1e-9)
    return outcome(holds, written(value, decimals), note, f"{tolerance:g}")


def within(low: float | None, high: float | None, value: str, paper: float, note: str) -> Outcome:
    """Compare a fresh estimate with the paper's number: reproduced where its 95 % interval holds that number."""
    if low is None or high is None:
        return missing(f"enough measurements for an interval. {note} The estimate is {value}")
    return outcome(low <= paper <= high, value, note, "the 95 % interval")


def without(evidence: Evidence, *teachers: str) -> str | None:
    """The outcome if the study lacks one of the named teachers; None if it has them all."""
    absent = [name for name in teachers if name not in evidence.average.index]
    return f"the study has no complete row for teacher {', '.join(absent)}" if absent else None


def relative_difference(paper: str, recomputed: str) -> float:
    """|recomputed − paper| / |paper|; infinite where the paper's number is 0, 0 where one is not a number."""
    try:
        first, second = (float(text.replace(",", "").replace("−", "-")) for text in (paper, recomputed))
    except ValueError:
        return 0.0
    return abs(second - first) / abs(first) if first else float("inf")
