"""What a screen of teachers by their data alone is worth, as a page for people."""

from typing import Any

import pandas as pd

from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written

Json = dict[str, Any]
NAMES = {
    "prompt_diversity": "prompt diversity",
    "response_diversity": "response diversity",
    "judge_score": "judge score",
    "perplexity": "low perplexity (−log)",
    "prompt_length": "prompt length",
    "response_length": "response length",
    "language_fidelity": "answers in the language",
    "student_loss": "low loss of the student base",
    "rank_surprisal": "low rank–surprisal ratio",
    "difficulty": "low instruction-following difficulty",
    "one_shot_gain": "one-shot gain",
    "z_intrinsic": "mean z of the first four",
    "z_all": "mean z of all but loss and one-shot gain",
    "ridge": "ridge on the measures, fitted to the evidence",
    "ridge_language_out": "ridge on the measures, fitted without the language",
    "ridge_teacher_out": "ridge on the measures, fitted without the teacher",
}
TARGETS = {"gain": "gain (student − base)", "pgr": "PGR, for gains are not known"}


def page(table: pd.DataFrame, report: Json) -> str:
    """The verdict, each predictor's agreement with the students, and the orders by language, for each student base."""
    blocks = [
        "# Could the data alone have said which teacher is best?",
        "Each predictor orders the teachers of a language without a student; ρ is Spearman's between that order and the"
        " students', a mean over languages. Brackets are 95 % from resampled teachers and languages; without them there"
        " are fewer than four of either (one alone stays) or a cell is missing.",
    ]
    for base, of_base in report.items():
        blocks += [
            f"## Students of {base}, by {TARGETS[of_base['target']]}",
            verdict(of_base["agreement"]),
            grid(of_base["agreement"]),
            "### The order in each language",
            orders(table[table["student_base"] == base]),
        ]
    return "\n\n".join(blocks) + "\n"


def verdict(agreement: list[Json]) -> str:
    """Which predictors have been shown to order teachers here, in a sentence or two."""
    measured = [entry for entry in agreement if entry["rho"] is not None]
    if not measured:
        return "Not validated: with fewer than three teachers in a language there is no order to agree with."
    with_interval = [entry for entry in measured if entry["rho_floor"] is not None]
    proved = [NAMES[entry["predictor"]] for entry in with_interval if entry["rho_floor"] > 0]
    if proved:
        return f"Shown to order these teachers better than guessing: {', '.join(proved)}. The others are not validated."
    if not with_interval:
        return "Not validated: the study is too small for an interval of ρ."
    return (
        "Not validated: no predictor orders these teachers better than guessing, at 95 % over all predictors together."
        " Choosing a teacher here takes students."
    )


def grid(agreement: list[Json]) -> str:
    """A line a predictor."""
    rows = []
    for entry in agreement:
        if not entry["teachers"]:  # a study does not measure everything
            continue
        top = ""
        if entry["top"] is not None:
            top = f"{between(entry, 'top')} of {entry['of']} (guessing {written(entry['by_chance'])})"
        cells = f"{entry['teachers']} in {entry['languages']}"
        rows.append([NAMES[entry["predictor"]], between(entry, "rho") or "—", top or "—", cells])
    return markdown_table(rows, ["predictor", "ρ", "share of the best among its best", "teachers, languages"])


def between(entry: Json, name: str) -> str:
    """A number with its interval; empty where there is none."""
    if entry[name] is None:
        return ""
    low, high = entry[f"{name}_low"], entry[f"{name}_high"]
    return written(entry[name]) + (f" [{written(low)}, {written(high)}]" if low is not None else "")


def orders(table: pd.DataFrame) -> str:
    """The three teachers that each predictor puts first, by language."""
    languages = sorted(table["language"].unique())
    rows = []
    for predictor, name in NAMES.items():
        part = table[(table["predictor"] == predictor) & table["rank"].notna()].sort_values(["rank", "teacher"])
        if part.empty:
            continue
        firsts = [part.loc[part["language"] == language, "teacher"].head(3) for language in languages]
        rows.append([name, *(", ".join(first) or "—" for first in firsts)])
    return markdown_table(rows, ["predictor", *languages])
