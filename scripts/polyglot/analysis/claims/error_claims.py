"""Claims about the standard errors of Table 13, and about facts that print states in two places."""

import re

import numpy as np
import pandas as pd

from polyglot.analysis.claims.ledger import Evidence, Outcome, about_print, claim, missing, outcome
from polyglot.analysis.printed_errors import in_pg_score, told_apart
from polyglot.core.numerals import written

TRIALS = 3
DRAWS = 2000


def spread_of_logs(errors: np.ndarray) -> np.ndarray:
    """SD of log standard errors within a language, pooled over languages; errors are (…, languages, teachers)."""
    return np.sqrt(np.log(errors).var(axis=-1, ddof=1).mean(axis=-1))


def spread_of_trials(languages: int, teachers: int) -> np.ndarray:
    """The same of standard errors over three trials of teachers that truly vary alike, (draws,), by a fixed seed."""
    random = np.random.default_rng(0)
    squares = random.chisquare(TRIALS - 1, (DRAWS, languages, teachers)) / (TRIALS - 1)
    return spread_of_logs(np.sqrt(squares))


def printed_errors(evidence: Evidence) -> pd.DataFrame:
    """Table 13 with the errors that PG-Score would have."""
    return in_pg_score(evidence.printed["table13_standard_errors"], evidence.printed["implied_anchors"])


@claim("T13-se", "Table 13, implied anchors")
def errors_are_of_pg_score(evidence: Evidence) -> Outcome:
    """The printed standard errors spread over teachers as errors over three trials do.

    Three trials know a standard error so badly that its logarithm varies by 0.64 even where all teachers truly vary
    alike; where they do not, it varies more. Errors of the benchmark's items hardly vary.
    """
    if evidence.printed is None:
        return about_print()
    table = printed_errors(evidence)
    wide = table.pivot(index="language", columns="teacher", values="standard_error")
    seen = float(spread_of_logs(wide.to_numpy()))
    expected = spread_of_trials(*wide.shape)
    p = float((1 + (expected <= seen).sum()) / (1 + len(expected)))
    same = [language for language, row in wide.iterrows() if row.nunique() == 1]
    largest = table.loc[table["scaled"].idxmax()]
    note = (
        f"Within a language the logarithms of the errors vary by {written(seen, 2)}; three trials would make it"
        f" {written(float(np.median(expected)), 2)} (p {written(p, 4)}). Equal for all teachers in"
        f" {', '.join(same) or 'no language'}. As errors of the student's benchmark score they would be errors of"
        " PG-Score after division by 2 · |reference − base|: the number is the largest,"
        f" {largest['teacher']} in {largest['language']}."
    )
    return outcome(p >= 0.05, written(float(table["scaled"].max())), note, "p of 0.05")


def pairs_of(evidence: Evidence, language: str, paper: int) -> Outcome:
    """Count the pairs of a language by the printed errors, and by errors of PG-Score."""
    if evidence.printed is None:
        return about_print()
    own = printed_errors(evidence).query("language == @language")
    count = told_apart(own["pg_score"], own["standard_error"])
    scaled = told_apart(own["pg_score"], own["scaled"])
    note = (
        f"By the printed errors. If these are errors of the student's benchmark score, {scaled} pairs"
        " differ by that much in PG-Score."
    )
    return outcome(count == paper, str(count), note)


@claim("T13-pairs-de", "Table 13, implied anchors")
def pairs_in_german(evidence: Evidence) -> Outcome:
    """41 of 45 pairs of teachers differ in German."""
    return pairs_of(evidence, "de", 41)


@claim("T13-pairs-ar", "Table 13, implied anchors")
def pairs_in_arabic(evidence: Evidence) -> Outcome:
    """43 of 45 pairs of teachers differ in Arabic."""
    return pairs_of(evidence, "ar", 43)


def named(text: str) -> list[str]:
    """The languages of a list in words; a remark in brackets and the word `and` are not among them."""
    parts = re.split(r",|\band\b", re.sub(r"\(.*?\)", "", text))
    return [part.strip() for part in parts if part.strip(" .")]


@claim("T5-pragyaan", "Table 5")
def languages_of_pragyaan(evidence: Evidence) -> Outcome:
    """Pragyaan has the ten languages that Table 5 counts."""
    if evidence.printed is None:
        return about_print()
    table = evidence.printed["table05_datasets"]
    whole = table[~table["named_languages"].str.contains("...", regex=False)]
    counts = {row.dataset: (len(named(row.named_languages)), row.languages) for row in whole.itertuples()}
    names = [dataset for dataset in counts if dataset.startswith("Pragyaan")]
    if not names:
        return missing("a full list of Pragyaan's languages")
    others = ", ".join(f"{dataset} {pair[0]} of {pair[1]}" for dataset, pair in counts.items() if dataset not in names)
    count, stated = counts[names[0]]
    return outcome(count == stated, str(count), f"Languages that its row names. Other full lists: {others}.")


@claim("G1-nllb", "names in the released code")
def the_printed_nllb_is_the_one_that_ran(evidence: Evidence) -> Outcome:
    """The NLLB model of the text is that of the released job file."""
    if evidence.printed is None:
        return about_print()
    rows = evidence.printed["released_code"].query("quantity == 'NLLB model'")
    if rows.empty:
        return missing("the model that the released job file names")
    row = rows.iloc[0]
    return outcome(
        row["printed"] == row["in_code"], row["in_code"], f"Printed {row['printed']}; from: {row['source']}."
    )
