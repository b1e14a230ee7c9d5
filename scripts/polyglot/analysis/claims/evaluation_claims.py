"""Claims about FilBench: appendix I."""

from math import isnan, sqrt

from polyglot.analysis.claims.ledger import Evidence, Outcome, claim, missing, near, within
from polyglot.analysis.comparison import student_name
from polyglot.core.numerals import written

# the paper's name of a row of Table 19 → the student that it is in a study's comparison
STUDENTS = {
    "25K-Polyglot-TL 4B": student_name("gemma-3-27b", "polyglot-tl", 25_000),
    "10K-Polyglot-TL 4B": student_name("gemma-3-27b", "polyglot-tl", 10_000),
    "10K-GPT-4oM": student_name("gpt-4o-mini", "polyglot-tl", 10_000),
    "10K-Public": student_name("public", "public", 10_000),
}
LARGE, SMALL, GPT, PUBLIC = STUDENTS


def difference(evidence: Evidence, better: str, worse: str, paper: float, tolerance: float) -> Outcome:
    """Compare the difference of two scores, in points, with the paper's.

    Of two fresh scores the interval is ±1.96·√(se²+se²) of their evaluations: too wide rather than too narrow, since
    both students answered the same items.
    """
    if evidence.printed is None:
        return fresh_difference(evidence, better, worse, paper)
    scores = evidence.printed["table19_filbench"].set_index("model")["filbench_score"]
    note = f"{better} scores {scores[better]}, {worse} {scores[worse]}."
    return near(float(scores[better] - scores[worse]), paper, tolerance, note, 2)


def fresh_difference(evidence: Evidence, better: str, worse: str, paper: float) -> Outcome:
    """The same for the students of a study's comparison, where it has both."""
    students = evidence.compared[evidence.compared["kind"] == "student"].set_index("model")
    names = [STUDENTS[better], STUDENTS[worse]]
    absent = [name for name in names if name not in students.index]
    if absent:
        return missing(f"the study's comparison has no student {', '.join(absent)}")
    item, other = (100 * students.loc[name, ["score", "se"]].astype(float) for name in names)
    points, error = item["score"] - other["score"], sqrt(item["se"] ** 2 + other["se"] ** 2)
    note = f"{names[0]} scores {written(item['score'], 2)}, {names[1]} {written(other['score'], 2)}."
    half = 1.96 * error
    low, high = (None, None) if isnan(half) else (points - half, points + half)
    return within(low, high, written(points, 2), paper, note)


@claim("I2-gpt", "Table 19")
def above_gpt_4o_mini_data(evidence: Evidence) -> Outcome:
    """10K-Polyglot-TL lies 1.85 points above 10K-GPT-4oM."""
    return difference(evidence, SMALL, GPT, 1.85, 0.005)


@claim("I2-public", "Table 19")
def above_public_data(evidence: Evidence) -> Outcome:
    """10K-Polyglot-TL lies 2.28 points above 10K-Public."""
    return difference(evidence, SMALL, PUBLIC, 2.28, 0.005)


@claim("I2-25k", "Table 19")
def more_data(evidence: Evidence) -> Outcome:
    """25K lies 0.21 points above 10K."""
    return difference(evidence, LARGE, SMALL, 0.21, 0.005)


@claim("I3-delta", "Table 19")
def gpt_4o_mini_above_public(evidence: Evidence) -> Outcome:
    """10K-GPT-4oM lies 0.5 points above 10K-Public."""
    return difference(evidence, GPT, PUBLIC, 0.5, 0.05)
