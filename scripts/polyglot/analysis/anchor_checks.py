"""Checks of PGR's anchors: the gap and its error, students below their base, uninformative evaluations."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from polyglot.analysis.score import anchor_valid
from polyglot.analysis.statistics import spearman
from polyglot.analysis.summaries import cells

SCORED = ["pg_score", "gain", "pg_score_gain"]
TASKS = ["culture", "chat", "math"]
IDENTICAL = 3  # students with one and the same score, from which a group is listed


def anchor_table(measurements: pd.DataFrame) -> pd.DataFrame:
    """One row a (student base, language): both anchors with their errors, the gap and its error, and who lies below.

    Columns: the anchors, gap, gap_se, anchor_valid, students, below_base.

    `below_base` counts students with a score below the base's; it is unknown where the base score is.
    """
    rows = []
    for (base, language), part in measurements.groupby(["student_base", "language"], sort=True):
        first = part.iloc[0]
        known = part.dropna(subset=["student_score", "base_score"])
        rows.append(
            {
                "student_base": base,
                "language": language,
                **{
                    name: first[name]
                    for name in ("base_score", "base_score_se", "reference_score", "reference_score_se")
                },
                "gap": first["reference_score"] - first["base_score"],
                "gap_se": float(np.hypot(first["base_score_se"], first["reference_score_se"])),
                "anchor_valid": anchor_valid(part.head(1)).iloc[0],
                "students": len(part),
                "below_base": int((known["student_score"] < known["base_score"]).sum()) if len(known) else pd.NA,
            }
        )
    return pd.DataFrame(rows).astype({"anchor_valid": "boolean", "below_base": "Int64"})


def complete_means(of_cells: pd.DataFrame) -> tuple[list[str], pd.DataFrame]:
    """The languages in which every teacher has all three scores, and the teachers' means over them.

    Args:
        of_cells: cells of one student base.
    """
    known = of_cells.dropna(subset=SCORED)
    teachers = known.groupby("language")["teacher"].nunique()
    languages = sorted(teachers[teachers == of_cells["teacher"].nunique()].index)
    return languages, known[known["language"].isin(languages)].groupby("teacher")[SCORED].mean()


def orders(main_rows: pd.DataFrame) -> pd.DataFrame:
    """Spearman's ρ between the orders of teachers by pg_score, gain and pg_score_gain, with n, interval and p.

    For each student base: in each language, and (language `average`) for the means over complete languages.
    """
    rows = []
    for base, part in cells(main_rows).groupby("student_base", sort=True):
        languages, means = complete_means(part)
        groups = [("average", len(languages), means)]
        groups += [(code, 1, group) for code, group in part.groupby("language", sort=True)]
        for language, counted, group in groups:
            for first, second in combinations(SCORED, 2):
                row = {
                    "student_base": base,
                    "language": language,
                    "languages": counted,
                    "first": first,
                    "second": second,
                }
                rows.append(row | spearman(group[first], group[second])._asdict())
    return pd.DataFrame(rows)


def places(main_rows: pd.DataFrame) -> pd.DataFrame:
    """Each teacher's mean and rank (1 is best) by the three scores, for each student base, over complete languages."""
    parts = []
    for base, part in cells(main_rows).groupby("student_base", sort=True):
        languages, means = complete_means(part)
        ranks = means.rank(ascending=False, method="min").astype(int).add_prefix("rank_")
        table = means.join(ranks).sort_values(["rank_pg_score"], kind="stable").reset_index()
        parts.append(table.assign(student_base=base, languages=" ".join(languages)))
    names = [*SCORED, *(f"rank_{name}" for name in SCORED)]
    return pd.concat(parts)[["student_base", "teacher", "languages", *names]]


def identical_scores(measurements: pd.DataFrame) -> pd.DataFrame:
    """Groups of three or more students of one base and language that have one and the same score.

    Rows (student_base, language, what, score, students, of): what is student_score or a task. Compared to 9 decimals.
    """
    rows = []
    for (base, language), part in measurements.groupby(["student_base", "language"], sort=True):
        for what in ("student_score", *TASKS):
            scores = part[what].dropna().round(9)
            for score, count in scores.value_counts().sort_index().items():
                if count >= IDENTICAL:
                    rows.append((base, language, what, score, int(count), len(scores)))
    return pd.DataFrame(rows, columns=["student_base", "language", "what", "score", "students", "of"])


def at_chance(measurements: pd.DataFrame, chance: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Tasks on which students are not told from guessing: |score − chance| within two binomial standard errors.

    Args:
        chance: task → {"chance": score of guessing, "items": number of items}; a task with chance 0 is at chance where
            the score is 0.

    Returns:
        Rows (student_base, language, what, chance, students, of), only where some student is at chance.
    """
    rows = []
    for (base, language), part in measurements.groupby(["student_base", "language"], sort=True):
        for what, task in chance.items():
            scores = part[what].dropna()
            error = np.sqrt(task["chance"] * (1 - task["chance"]) / task["items"])
            count = int(((scores - task["chance"]).abs() <= 2 * error).sum())
            if count:
                rows.append((base, language, what, task["chance"], count, len(scores)))
    return pd.DataFrame(rows, columns=["student_base", "language", "what", "chance", "students", "of"])
