"""Claims about PG-Scores of the main student base: Table 1, Eq. 3 and section 3.1."""

import numpy as np
import pandas as pd

from polyglot.analysis.claims.ledger import Evidence, Outcome, about_print, claim, missing, near, outcome, without
from polyglot.analysis.score import INTRINSIC, features
from polyglot.core.numerals import written

TOP = "gemma-3-27b"
HALF_UNIT = 0.0005  # of a number printed with three decimals


def printed_cells(evidence: Evidence) -> pd.DataFrame:
    """Main cells with the printed PG-Score beside the recomputed one."""
    printed = evidence.printed["table01_pg_score"][["teacher", "language", "pg_score"]]
    return evidence.cells.merge(printed.rename(columns={"pg_score": "printed"}), on=["teacher", "language"])


def rounding_bound(evidence: Evidence) -> float:
    """How far a recomputed PG-Score can lie from the printed one because inputs and score are printed rounded.

    Half a unit of each diversity and judge score over its standard deviation, averaged over four metrics and halved;
    half a unit of PGR, halved; half a unit of the score. Perplexity adds less than a tenth of this and is left out.
    """
    metrics = evidence.printed["table11_intrinsic"].rename(columns={"reward_score": "judge_score"})
    spread = features(metrics[INTRINSIC]).std(ddof=0).drop("perplexity")
    return float((HALF_UNIT / spread).sum() / 8 + HALF_UNIT / 2 + HALF_UNIT)


def rank(evidence: Evidence, teacher: str) -> int:
    """Place of a teacher by average PG-Score, 1 the highest."""
    return int(evidence.average.rank(ascending=False, method="min")[teacher])


@claim("T1-cells", "Tables 1, 11 and 12")
def table_1_follows_from_its_parts(evidence: Evidence) -> Outcome:
    """(intrinsic z + PGR) / 2 from Tables 11 and 12 gives every cell of Table 1 up to rounding."""
    if evidence.printed is None:
        return about_print()
    both = printed_cells(evidence)
    error = (both["pg_score"] - both["printed"]).abs()
    bound = rounding_bound(evidence)
    outside = int((error > bound).sum())
    note = (
        f"(z + PGR) / 2 from Tables 11 and 12: {len(both) - outside} of {len(both)} cells lie within what rounding of"
        f" the printed inputs allows."
    )
    return outcome(outside == 0, written(error.max(), 4), note, f"{bound:.4f}")


@claim("T1-average", "Table 1")
def average_of_table_1(evidence: Evidence) -> Outcome:
    """The printed averages are the means of the printed cells."""
    if evidence.printed is None:
        return about_print()
    table = evidence.printed["table01_pg_score"]
    means = table[table["language"] != "average"].groupby("teacher")["pg_score"].mean()
    printed = table[table["language"] == "average"].set_index("teacher")["pg_score"]
    worst = (means - printed).abs().max()
    return near(worst, 0, 2 * HALF_UNIT, "Largest distance of a printed average from the mean of its row.", 4)


@claim("EQ3", "Tables 1, 11 and 12")
def score_is_centred_on_the_average_teacher(evidence: Evidence) -> Outcome:
    """A z-score over all cells has mean 0; the printed scores do not."""
    scores = evidence.cells["pg_score"].dropna()
    if len(scores) < 2:
        return missing("fewer than two cells have a PG-Score")
    note = (
        "The mean of all cells. The numbers are (z-score of intrinsic quality + PGR) / 2, with PGR not standardised;"
        " a score of 0 is not the average teacher."
    )
    if evidence.printed is not None:
        both = printed_cells(evidence)
        total = both["z_intrinsic"] + both["pgr"]
        as_defined = (total - total.mean()) / total.std(ddof=0)
        gap = (as_defined - both["printed"]).abs().max()
        note += f" Eq. 3 taken literally misses the cells of Table 1 by up to {written(gap, 2)}."
    return near(float(scores.mean()), 0, HALF_UNIT, note)


@claim("S3.1-top", "Tables 11 and 12")
def the_two_best_teachers(evidence: Evidence) -> Outcome:
    """Gemma 3 27B is first and Aya Expanse 32B second on average."""
    if reason := without(evidence, TOP, "aya-expanse-32b"):
        return missing(reason)
    places = [rank(evidence, TOP), rank(evidence, "aya-expanse-32b")]
    gap = evidence.average[TOP] - evidence.average["aya-expanse-32b"]
    note = f"Ranks by the mean over languages; the two are {written(gap, 3)} apart."
    return outcome(places == [1, 2], ";".join(map(str, places)), note)


@claim("S3.1-top3", "Tables 11 and 12")
def best_teacher_in_every_language(evidence: Evidence) -> Outcome:
    """Gemma 3 27B is among the first three in each language."""
    if reason := without(evidence, TOP):
        return missing(reason)
    places = evidence.wide.rank(ascending=False, method="min").loc[TOP].astype(int)
    lower = "; ".join(f"{language}: {place}" for language, place in places.items() if place > 3)
    note = f"Its lowest rank over languages. Below the third: {lower or 'nowhere'}."
    return outcome(places.max() <= 3, str(places.max()), note)


@claim("S3.1-llama70", "Tables 11 and 12")
def llama_70b_is_ninth(evidence: Evidence) -> Outcome:
    """Llama 3.1 70B ranks ninth on average."""
    if reason := without(evidence, "llama-3.1-70b"):
        return missing(reason)
    place = rank(evidence, "llama-3.1-70b")
    return outcome(place == 9, str(place), f"Rank by the mean over languages, of {len(evidence.average)} teachers.")


@claim("S3.1-small", "Tables 11 and 12")
def small_gemmas_are_in_the_first_five(evidence: Evidence) -> Outcome:
    """Gemma 3 12B and Gemma 3 4B are among the first five on average."""
    if reason := without(evidence, "gemma-3-12b", "gemma-3-4b"):
        return missing(reason)
    places = {name: rank(evidence, name) for name in ("gemma-3-12b", "gemma-3-4b")}
    note = "; ".join(f"{name} has rank {place}" for name, place in places.items()) + "."
    return outcome(max(places.values()) <= 5, str(max(places.values())), note)


@claim("S3.1-de-es", "Tables 11 and 12")
def german_and_spanish_are_highest(evidence: Evidence) -> Outcome:
    """For each teacher, German and Spanish are the two languages with the highest score."""
    wide = evidence.wide.dropna()
    if not {"de", "es"} <= set(wide.columns) or len(wide.columns) < 3 or wide.empty:
        return missing("the study has no German, Spanish and third language to compare")
    others = [name for name in wide.index if set(wide.loc[name].nlargest(2).index) != {"de", "es"}]
    note = f"Teachers for whom another language is among the two highest: {', '.join(others) or 'none'}."
    return outcome(not others, str(len(wide) - len(others)), note)


@claim("S3.1-ar", "Tables 11 and 12")
def arabic_is_below_zero(evidence: Evidence) -> Outcome:
    """Nine of ten teachers score below zero in Arabic."""
    if "ar" not in evidence.wide or evidence.wide["ar"].isna().any():
        return missing("the study has no Arabic score for every teacher")
    arabic = evidence.wide["ar"]
    below = int((arabic < 0).sum())
    above = ", ".join(arabic.index[arabic >= 0]) or "none"
    holds = below == 9 if evidence.printed is not None else below > len(arabic) / 2
    gap = (
        evidence.cells.query("language == 'ar'")["reference_score"]
        - evidence.cells.query("language == 'ar'")["base_score"]
    )
    caution = f" Reference − base in Arabic is {written(gap.iloc[0], 4)}." if gap.notna().any() else ""
    return outcome(bool(holds), str(below), f"Of {len(arabic)} teachers; not below zero: {above}.{caution}")


def sign_of_gap(cells: pd.DataFrame) -> pd.Series:
    """+1, −1 or unknown for each language: the sign of reference − base."""
    first = cells.drop_duplicates("language").set_index("language")
    return np.sign(first["reference_score"] - first["base_score"])


@claim("PGR-sign", "implied anchors")
def reference_is_above_base(evidence: Evidence) -> Outcome:
    """In every language the reference scores above the base, so that a higher PGR is a better student."""
    signs = sign_of_gap(evidence.cells)
    known = signs.dropna()
    if known.empty:
        return missing("no base or reference score is known")
    unknown = ", ".join(signs.index[signs.isna()])
    wrong = ", ".join(known.index[known <= 0])
    note = (
        f"The reference is not above the base in {wrong or 'no language'}: there PGR rises as the student gets worse."
        + (f" No anchors are known for {unknown}." if unknown else "")
        + (" Anchors are those implied by the released student scores." if evidence.printed is not None else "")
    )
    return outcome(bool((known > 0).all()) and not unknown, str(int((known > 0).sum())), note)
