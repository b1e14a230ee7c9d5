"""Claims about how the data are made: Tables 2 and 15, appendices G.1 and G.3, section 3.3."""

import pandas as pd

from polyglot.analysis.claims.ledger import Evidence, Outcome, about_print, claim, missing, near, outcome
from polyglot.core.numerals import written
from polyglot.synthesis.methods import DIRECT


def best_methods(evidence: Evidence, languages: list[str]) -> pd.Series:
    """(teacher, language) → method with the highest PG-Score, where all three methods were measured."""
    rows = evidence.by_method[evidence.by_method["language"].isin(languages)]
    if rows.empty:
        return pd.Series(dtype=str)
    wide = rows.pivot(index=["teacher", "language"], columns="method", values="pg_score").reindex(columns=DIRECT)
    return wide.dropna().idxmax(axis=1)


@claim("T2-de", "Table 2")
def generate_is_best_in_german(evidence: Evidence) -> Outcome:
    """Generate is the best of the three methods in German for every teacher."""
    best = best_methods(evidence, ["de"])
    if best.empty:
        return missing("no teacher has all three methods in German")
    count = int((best == "generate").sum())
    return outcome(count == len(best), str(count), f"Of {len(best)} teachers.")


@claim("T2-ar-id", "Table 2")
def prompted_methods_are_best_in_arabic_and_indonesian(evidence: Evidence) -> Outcome:
    """Respond or Translate is the best method in Arabic and Indonesian for every teacher."""
    best = best_methods(evidence, ["ar", "id"])
    if best.empty:
        return missing("no teacher has all three methods in Arabic or Indonesian")
    count = int(best.isin(["respond", "translate"]).sum())
    return outcome(count == len(best), str(count), f"Of {len(best)} teacher–language pairs.")


@claim("T15-cells", "Tables 1, 2 and 15")
def gains_follow_from_tables_1_and_2(evidence: Evidence) -> Outcome:
    """The nine percentages of Table 15 are gains of the row's named method over the equal mix."""
    if evidence.printed is None:
        return about_print()
    methods = evidence.by_method.set_index(["teacher", "language", "method"])["pg_score"]
    mix = evidence.printed["table01_pg_score"].set_index(["teacher", "language"])["pg_score"]
    wrong = []
    rows = evidence.printed["table15_best_method_gain"]
    for row in rows.itertuples():
        baseline = mix[row.teacher, row.language]
        gains = {item: 100 * (methods[row.teacher, row.language, item] - baseline) / abs(baseline) for item in DIRECT}
        if abs(gains[row.method] - row.percent_increase) > 1:
            match = [item for item, gain in gains.items() if abs(gain - row.percent_increase) <= 1]
            other = f"; {match[0]} gives the printed number" if match else ""
            wrong.append(
                f"{row.teacher} in {row.language}: printed {written(row.percent_increase, 1)} for {row.method},"
                f" recomputed {written(gains[row.method], 1)}{other}"
            )
    note = f"Not so: {'. '.join(wrong) or 'none'}."
    return outcome(not wrong, str(len(rows) - len(wrong)), note, "1 point")


def recipe_mean(evidence: Evidence, recipe: str, paper: float, what: str) -> Outcome:
    """Compare the mean PG-Score of a recipe with the paper's."""
    if recipe not in evidence.by_recipe:
        nearest = ""
        if evidence.printed is not None and recipe == "translate":
            rows = evidence.by_method[evidence.by_method["method"] == "translate"]
            means = rows.groupby("teacher")["pg_score"].mean()
            listed = ", ".join(f"{name} {written(mean, 2)}" for name, mean in means.items())
            nearest = f"; the translate columns of Table 2 have other means ({listed})"
        return missing(f"PG-Scores of {what} by teacher and language are not known{nearest}")
    return near(evidence.by_recipe[recipe], paper, 0.005, f"Mean over teachers and languages of recipe {recipe}.", 2)


@claim("G3-lm", "Table 2")
def translating_with_the_teacher(evidence: Evidence) -> Outcome:
    """Translating with the teacher itself gives 1.36 on average."""
    return recipe_mean(evidence, "translate", 1.36, "data translated by the teacher")


@claim("G3-both", "Table 2")
def nllb_on_both_sides(evidence: Evidence) -> Outcome:
    """Translating prompts and responses with NLLB gives 0.85 on average."""
    return recipe_mean(evidence, "nllb-both", 0.85, "data translated by NLLB on both sides")


@claim("G3-respond", "Table 2")
def nllb_prompts_with_teacher_responses(evidence: Evidence) -> Outcome:
    """Prompts translated by NLLB with the teacher's responses give 0.80 on average."""
    return recipe_mean(evidence, "nllb-respond", 0.80, "prompts translated by NLLB and answered by the teacher")


@claim("G1-10k", "none")
def gains_diminish_beyond_ten_thousand(evidence: Evidence) -> Outcome:
    """Doubling the data gains less above 10,000 rows than below."""
    rows = evidence.sizes
    means = rows.groupby("size")["gain"].mean() if len(rows) else pd.Series(dtype=float)
    before, after = means[means.index <= 10_500], means[means.index >= 10_000]
    if len(before) < 2 or len(after) < 2:
        return missing("student scores at two sizes below and two above 10,000 rows are not known")
    slopes = [(part.iloc[-1] - part.iloc[0]) / (part.index[-1] / part.index[0]) for part in (before, after)]
    note = f"Gain for each multiple of the rows: {written(slopes[0], 4)} up to 10,000, {written(slopes[1], 4)} beyond."
    return outcome(slopes[1] < slopes[0], "10000" if slopes[1] < slopes[0] else "", note)
