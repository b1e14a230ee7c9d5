"""The order of teachers before any student is trained, as a page for people."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from polyglot.analysis.predictors import RIDGE
from polyglot.analysis.screening_page import NAMES, between
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written

Json = dict[str, Any]
NOTES = """\
Values are such that more is better; brackets are 95 %, over the rows of a data set: another draw of the teacher's
answers is not in them. Ranks are those that a teacher can have if it is compared with each other one on the requests of
both, at 95 % over all pairs. They are ranks by the measure; what it says of students, only the evidence can tell."""


def page(table: pd.DataFrame, report: Json, names: Mapping[str, str]) -> str:
    """For each student base and language: what the order stands on, the order, and that of every predictor."""
    blocks = ["# Which teacher, by its rows alone", "No student was trained for this page."]
    for base, of_base in report.items():
        for language, entry in of_base["languages"].items():
            own = table[(table["student_base"] == base) & (table["language"] == language)]
            blocks += [
                f"## {names[language]}, for students of {base}",
                standing(of_base["evidence"], entry, names[language]),
                order(own[own["predictor"] == entry["order"]], entry),
                side_by_side(own, entry, of_base["evidence"]["agreement"]),
            ]
    return "\n\n".join([*blocks, NOTES]) + "\n"


def standing(evidence: Json, entry: Json, language: str) -> str:
    """On what evidence the order of a language stands, in a sentence or two."""
    used = f"Teachers are in the order of: {NAMES[entry['order']]}."
    of_study = f"{evidence['study']} (students of {evidence['student_base']} in {', '.join(evidence['languages'])})"
    if entry["shown"]:
        proved = ", ".join(dict.fromkeys(NAMES[name] for name in entry["shown"]))
        return f"**Shown in {of_study} to order teachers better than guessing: {proved}.** {used}"
    reason = f"the evidence, {of_study}, has no students in {language}"
    if entry["held"]:
        reason = (
            f"in {of_study} no predictor orders teachers better than guessing, at 95 % over all predictors together"
        )
    return f"**Not validated for this language:** {reason}. {used} Only students show which teacher is best."


def order(own: pd.DataFrame, entry: Json) -> str:
    """The teachers by the predictor that orders the page, with what their ranks can be and the rows that they gave."""
    rows = []
    for row in own.sort_values(["rank", "teacher"]).itertuples():
        value = written(row.value, unknown="n/a")
        if pd.notna(row.low):
            value += f" [{written(row.low)}, {written(row.high)}]"
        asked = f"{entry['rows'][row.teacher]} of {entry['rows_asked'][row.teacher]}"
        rows.append([row.teacher, value, _ranks(entry["ranks"][entry["order"]][row.teacher]), asked])
    return markdown_table(rows, ["teacher", NAMES[entry["order"]], "rank", "rows"])


def side_by_side(own: pd.DataFrame, entry: Json, agreement: list[Json]) -> str:
    """Each predictor's order of the teachers, and how well such an order agreed with students elsewhere."""
    elsewhere = {line["predictor"]: between(line, "rho") for line in agreement}
    elsewhere[RIDGE] = elsewhere["ridge_language_out"]
    rows = []
    for predictor, name in NAMES.items():
        part = own[(own["predictor"] == predictor) & own["rank"].notna()].sort_values(["rank", "teacher"])
        ranks = entry["ranks"].get(predictor, {})
        teachers = ", ".join(f"{teacher} ({_ranks(ranks[teacher])})" for teacher in part["teacher"])
        if teachers:
            same = len(part) > 1 and part["value"].nunique() == 1
            rows.append([name, elsewhere.get(predictor) or "—", "no difference" if same else teachers])
    return markdown_table(rows, ["predictor", "ρ with students in the evidence", "teachers, best first (rank)"])


def _ranks(ends: list[int]) -> str:
    first, last = ends
    return str(first) if first == last else f"{first} to {last}"
