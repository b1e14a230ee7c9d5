"""The ranking of a study as a page for people."""

from typing import Any

import pandas as pd

from polyglot.analysis.summaries import with_marks
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written

Json = dict[str, Any]
MOVES = (
    "Z-scores, and PG-Scores with them, are over all cells of the study: a language or teacher more or less moves those"
    " of every teacher. Gains do not move."
)
NAMES = {
    "gain": "gain (student − base)",
    "pg_score": "PG-Score",
    "pg_score_gain": "PG-Score with the z-score of gain in place of PGR",
}


def page(table: pd.DataFrame, report: Json) -> str:
    """Each score's ranking over all languages with its sentence, then the languages one by one."""
    blocks = [
        "# How sure the ranking is",
        "Teachers in one tie group cannot be told apart. Intervals are 95 %, from one resampling of items, rows and"
        f" trials together ({report['draws']:,} draws); the languages are the study's own. The smallest lead is that of"
        " the best teacher over this one that would have told them apart.",
    ]
    for base, errors in report["bases"].items():
        of_base = with_marks(table[table["student_base"] == base], {tuple(cell) for cell in errors["short"]})
        blocks += [f"## Students of {base}", *notes(errors, report["greedy"]), MOVES]
        for score, name in NAMES.items():
            part = of_base[(of_base["score"] == score) & (of_base["language"] == "all")]
            blocks += [f"### By {name}, mean over languages", verdict(part), grid(part)]
        blocks += ["### In each language", by_language(of_base), *halving(errors)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def verdict(part: pd.DataFrame) -> str:
    """The answer of one ranking in a sentence."""
    known = part.dropna(subset=["estimate"])
    if known.empty:
        return "No teacher has this score in every language."
    if len(known) == 1:
        return f"{known['teacher'].iloc[0]} is the only teacher, so nothing is ranked."
    first = known[known["tie_group"] == 1].sort_values("estimate", ascending=False)["teacher"].tolist()
    if known["low"].isna().all():
        return "No teacher can be told from another: the errors are not known, or an anchor is not valid."
    if len(first) == 1:
        return f"{first[0]} is better than every other teacher."
    if len(first) == len(known):
        return "No teacher can be told from another."
    return f"The best is one of {len(first)} that cannot be told apart: {', '.join(first)}."


def grid(part: pd.DataFrame) -> str:
    """One ranking, best first."""
    rows = [
        [
            row.teacher,
            written(row.estimate, unknown="n/a"),
            interval(row.low, row.high),
            "" if pd.isna(row.rank_low) else span(row.rank_low, row.rank_high),
            written(row.p_best, 2),
            "" if pd.isna(row.tie_group) else str(row.tie_group),
            written(row.smallest_difference),
        ]
        for row in part.sort_values(["estimate", "teacher"], ascending=[False, True]).itertuples()
    ]
    headers = ["teacher", "estimate", "95 % interval", "rank", "probability of best", "tie group", "smallest lead"]
    return _table(headers, rows)


def by_language(of_base: pd.DataFrame) -> str:
    """The first tie group of each score in each language."""
    rows = []
    for (language, score), part in of_base[of_base["language"] != "all"].groupby(["language", "score"]):
        first = part[part["tie_group"] == 1].sort_values("estimate", ascending=False)
        known = "" if part["low"].notna().any() else " (errors not known, or an anchor not valid)"
        rows.append([language, NAMES[score], ", ".join(first["teacher"]) + known, f"{len(first)} of {len(part)}"])
    return _table(["language", "score", "cannot be told from the best", "teachers"], rows)


def notes(errors: Json, greedy: list[str]) -> list[str]:
    """What the intervals do not hold."""
    sentences = []
    if not errors["observed"]:
        sentences.append("The items and rows behind these numbers are not known, so no score has an interval.")
    elif not errors["trial_freedom"]:
        sentences.append(
            "Every data set has one trial: how much a student differs when it is trained again is not in the intervals."
        )
    if errors["short"]:
        sentences.append(
            "§ marks teachers whose data set, in that language or in one of all, has fewer rows than asked."
        )
    if greedy:
        sentences.append(
            f"Greedy teachers, whose trials are one sample of data: {', '.join(greedy)}."
            " Their trials differ in training alone."
        )
    return sentences


def halving(errors: Json) -> list[str]:
    """What would halve the error of a difference in gain."""
    rows = []
    for language, part in errors["gain"].items():
        if part["difference_se"] is not None:
            times = [
                "no number" if part[name] is None else f"{part[name]:.1f} times as many"
                for name in ("items_times", "trials_times")
            ]
            rows.append([language, written(part["difference_se"], 4), *times])
    headers = ["language", "standard error of a difference in gain", "items to halve it", "trials to halve it"]
    return ["### What would halve the errors", _table(headers, rows)] if rows else []


def interval(low: float, high: float) -> str:
    """Both ends, or nothing."""
    return "" if pd.isna(low) else f"{written(low)} to {written(high)}"


def span(low: int, high: int) -> str:
    """Ranks from one to another."""
    return str(low) if low == high else f"{low}–{high}"


def _table(headers: list[str], rows: list[list[str]]) -> str:
    return markdown_table(rows, headers)
