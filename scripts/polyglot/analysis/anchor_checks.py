"""Checks of PGR's anchors: the gap and its error, students below their base, uninformative evaluations."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from polyglot.analysis.measurements import KEY
from polyglot.analysis.observations import Observations, Table, data_names
from polyglot.analysis.statistics import spearman
from polyglot.analysis.summaries import cells

SCORED = ["pg_score", "gain", "pg_score_gain"]
TASKS = ["culture", "chat", "math"]
IDENTICAL = 3  # students with one and the same score, from which a group is listed


def anchor_table(
    measurements: pd.DataFrame, scores: pd.DataFrame, shared: dict[tuple[str, str], float] | None = None
) -> pd.DataFrame:
    """One row a (student base, language): both anchors with their errors, the gap and its error, and who lies below.

    Columns: the anchors, gap, gap_se, anchor_valid, students, below_base, shared_requests.

    `below_base` counts students with a score below the base's; it is unknown where the base score is. `shared` is
    `shared_requests` by student base and language; unknown for print.
    """
    rows = []
    joined = measurements.merge(scores[[*KEY, "anchor_gap_se", "anchor_valid"]], on=KEY, validate="one_to_one")
    for (base, language), part in joined.groupby(["student_base", "language"], sort=True):
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
                "gap_se": first["anchor_gap_se"],
                "anchor_valid": first["anchor_valid"],
                "students": len(part),
                "below_base": int((known["student_score"] < known["base_score"]).sum()) if len(known) else pd.NA,
                "shared_requests": (shared or {}).get((base, language), np.nan),
            }
        )
    return pd.DataFrame(rows).astype({"anchor_valid": "boolean", "below_base": "Int64"})


def shared_requests(main_rows: pd.DataFrame, observations: Mapping[Table, Observations]) -> dict[Table, float]:
    """The share of a main data set's requests that the data sets of all teachers rest on, mean over trials.

    By student base and language; only where there are two teachers or more.
    """
    shares = {}
    for table, part in main_rows.groupby(["student_base", "language"]):
        if table not in observations or part["teacher"].nunique() < 2:
            continue
        requests = observations[table].rows.groupby("data")["request_id"].agg(set)
        of_trials = []
        for _, trial in part.groupby("trial"):
            sets = [requests[name] for name in data_names(trial)]
            of_trials.append(len(set.intersection(*sets)) / np.mean([len(item) for item in sets]))
        shares[table] = float(np.mean(of_trials))
    return shares


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
