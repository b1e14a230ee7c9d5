"""Claims about FilBench: appendix I."""

from polyglot.claims.ledger import Evidence, Finding, about_print, claim, near

LARGE, SMALL, GPT, PUBLIC = "25K-Polyglot-TL 4B", "10K-Polyglot-TL 4B", "10K-GPT-4oM", "10K-Public"


def difference(evidence: Evidence, better: str, worse: str, paper: float, tolerance: float) -> Finding:
    """Compare the difference of two printed scores with the paper's."""
    if evidence.printed is None:
        return about_print()
    scores = evidence.printed["table19_filbench"].set_index("model")["filbench_score"]
    note = f"{better} scores {scores[better]}, {worse} {scores[worse]}."
    return near(float(scores[better] - scores[worse]), paper, tolerance, note, 2)


@claim("I2-gpt", "Table 19")
def above_gpt_4o_mini_data(evidence: Evidence) -> Finding:
    """10K-Polyglot-TL lies 1.85 points above 10K-GPT-4oM."""
    return difference(evidence, SMALL, GPT, 1.85, 0.005)


@claim("I2-public", "Table 19")
def above_public_data(evidence: Evidence) -> Finding:
    """10K-Polyglot-TL lies 2.28 points above 10K-Public."""
    return difference(evidence, SMALL, PUBLIC, 2.28, 0.005)


@claim("I2-25k", "Table 19")
def more_data(evidence: Evidence) -> Finding:
    """25K lies 0.21 points above 10K."""
    return difference(evidence, LARGE, SMALL, 0.21, 0.005)


@claim("I3-delta", "Table 19")
def gpt_4o_mini_above_public(evidence: Evidence) -> Finding:
    """10K-GPT-4oM lies 0.5 points above 10K-Public."""
    return difference(evidence, GPT, PUBLIC, 0.5, 0.05)
