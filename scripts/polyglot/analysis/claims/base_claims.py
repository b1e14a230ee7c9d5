"""Claims about other student bases: Figure 2, Tables 14 and 16, section 3.2."""

from itertools import combinations

import pandas as pd

from polyglot.analysis.claims.ledger import Evidence, Outcome, about_print, claim, missing, near, outcome, within
from polyglot.analysis.paper import BASE_LANGUAGES, STUDENT_BASE
from polyglot.analysis.statistics import Correlation, spearman
from polyglot.core.numerals import written

BEST_TWO = ["gemma-3-27b", "aya-expanse-32b"]


def correlations(evidence: Evidence) -> dict[tuple[str, str], Correlation]:
    """Spearman's ρ over teachers for each pair of student bases, where it is defined."""
    table = evidence.by_base
    results = {pair: spearman(table[pair[0]], table[pair[1]]) for pair in combinations(sorted(table.columns), 2)}
    return {pair: item for pair, item in results.items() if item.rho is not None}


def extreme_correlation(evidence: Evidence, paper: float, lowest: bool) -> Outcome:
    """Compare the lowest or the highest correlation between two bases with the paper's."""
    result = correlations(evidence)
    if not result:
        return missing("fewer than two student bases, or fewer than three teachers, have scores")
    pair = (min if lowest else max)(result, key=lambda item: result[item].rho)
    item = result[pair]
    interval = f", 95 % interval {written(item.low, 2)} to {written(item.high, 2)}" if item.low is not None else ""
    note = f"Between {pair[0]} and {pair[1]}, n = {item.n} teachers{interval}."
    if evidence.printed is None:
        return within(item.low, item.high, written(item.rho), paper, note)
    return near(item.rho, paper, 0.005, note, 3)


def percent_gains(evidence: Evidence) -> pd.DataFrame:
    """Rows of Table 14 with the gain recomputed from Figure 2: 100 · (base − OLMo 3 7B) / |OLMo 3 7B|."""
    rows = evidence.printed["table14_family_match_gain"].copy()
    means = evidence.by_base
    first = [means.at[row.teacher, row.student_base] for row in rows.itertuples()]
    baseline = [means.at[row.teacher, STUDENT_BASE] for row in rows.itertuples()]
    rows["recomputed"] = [100 * (item - zero) / abs(zero) for item, zero in zip(first, baseline, strict=True)]
    return rows


@claim("F2-olmo", "Table 1, Figure 2")
def olmo_column_is_a_mean_of_table_1(evidence: Evidence) -> Outcome:
    """Figure 2's column of OLMo 3 7B is the mean of Table 1 over Arabic, German and Indonesian."""
    if evidence.printed is None:
        return about_print()
    table = evidence.printed["table01_pg_score"]
    means = table[table["language"].isin(BASE_LANGUAGES)].groupby("teacher")["pg_score"].mean()
    column = evidence.printed["figure02_pg_score_by_base"].query("student_base == @STUDENT_BASE")
    gaps = (means - column.set_index("teacher")["pg_score_mean_ar_de_id"]).abs()
    return near(gaps.max(), 0, 0.001, f"Largest distance, for {gaps.idxmax()}.", 4)


@claim("F2-top3", "Figure 2")
def the_best_two_on_every_base(evidence: Evidence) -> Outcome:
    """Gemma 3 27B and Aya Expanse 32B are in the first three on every student base."""
    table = evidence.by_base
    if not set(BEST_TWO) <= set(table.index) or table.shape[1] < 2:
        return missing("the study has not both teachers on two student bases or more")
    places = table.rank(ascending=False, method="min").loc[BEST_TWO].astype(int)
    lower = [
        f"{name} has rank {places.at[name, base]} on {base}"
        for name in BEST_TWO
        for base in places
        if places.at[name, base] > 3
    ]
    note = f"Over {table.shape[1]} bases. Below the third: {'; '.join(lower) or 'nowhere'}."
    return outcome(not lower, str(places.to_numpy().max()), note)


@claim("F2-rho-min", "Figure 2")
def lowest_correlation(evidence: Evidence) -> Outcome:
    """The lowest rank correlation between two bases is 0.57."""
    return extreme_correlation(evidence, 0.57, lowest=True)


@claim("F2-rho-max", "Figure 2")
def highest_correlation(evidence: Evidence) -> Outcome:
    """The highest rank correlation between two bases is 0.87."""
    return extreme_correlation(evidence, 0.87, lowest=False)


@claim("T14-cells", "Figure 2, Table 14")
def gains_follow_from_figure_2(evidence: Evidence) -> Outcome:
    """All ten percentages of Table 14 follow from Figure 2 within 0.15 points."""
    if evidence.printed is None:
        return about_print()
    rows = percent_gains(evidence)
    wrong = rows[(rows["recomputed"] - rows["percent_increase"]).abs() > 0.15]
    listed = "; ".join(
        f"{row.teacher} on {row.student_base}: printed {written(row.percent_increase, 1)},"
        f" recomputed {written(row.recomputed, 1)}"
        for row in wrong.itertuples()
    )
    note = f"100 · (score − OLMo 3 7B) / |OLMo 3 7B| from Figure 2. Not so: {listed or 'none'}."
    return outcome(wrong.empty, str(len(rows) - len(wrong)), note, "0.15 points")


@claim("T14-min", "Figure 2, Table 7")
def family_match_gains_at_least(evidence: Evidence) -> Outcome:
    """A student base of the teacher's own family gains at least 20.5 per cent over OLMo 3 7B."""
    gains = {}
    for teacher in evidence.by_base.index:
        for base in evidence.by_base.columns:
            family = evidence.providers.get(teacher)
            baseline = evidence.by_base.loc[teacher].get(STUDENT_BASE)
            if family and family == evidence.providers.get(base) and base != STUDENT_BASE and baseline:
                gains[teacher, base] = 100 * (evidence.by_base.at[teacher, base] - baseline) / abs(baseline)
    if not gains:
        return missing("no teacher was tested both on a student base of its family and on OLMo 3 7B")
    pair = min(gains, key=gains.get)
    note = (
        f"The least of {len(gains)} pairs of one family is {pair[0]} with {pair[1]}. Table 14 also lists Llama teachers"
        " with the Gemma base, which are not of one family."
    )
    if evidence.printed is None:
        return outcome(gains[pair] >= 20.5, written(gains[pair], 1), note)
    return near(gains[pair], 20.5, 0.15, note, 1)


@claim("T16-average", "Table 16")
def average_of_table_16(evidence: Evidence) -> Outcome:
    """The averages of Table 16 are the means of its six languages."""
    if evidence.printed is None:
        return about_print()
    table = evidence.other_base
    gaps = (table.drop(columns="average").mean(axis=1) - table["average"]).abs()
    return near(gaps.max(), 0, 0.001, "Largest distance of a printed average from the mean of its row.", 4)


@claim("T16-top", "Table 16")
def best_teacher_of_the_larger_base(evidence: Evidence) -> Outcome:
    """Gemma 3 27B is the best of the teachers for OLMo 3 32B."""
    table = evidence.other_base
    if "gemma-3-27b" not in table.index or len(table) < 2:
        return missing("Gemma 3 27B and another teacher were not tested on OLMo 3 32B")
    means = table.drop(columns="average", errors="ignore").mean(axis=1, skipna=False)
    place = int(means.rank(ascending=False, method="min")["gemma-3-27b"])
    return outcome(place == 1, str(place), f"By the mean over languages, of {len(table)} teachers.")
