"""Claims from models fitted to the scores: Tables 3 and 4, Figure 4, appendix G.5."""

import numpy as np

from polyglot.analysis.claims.ledger import Evidence, Json, Outcome, claim, missing, near, outcome, within
from polyglot.analysis.regression import mixed_effects
from polyglot.analysis.statistics import Correlation, spearman
from polyglot.analysis.statistics_page import determination
from polyglot.core.numerals import written


def with_sizes_of_the_named_models(evidence: Evidence) -> Json:
    """The regression on log size with 1 and 3 billion for the Granite models, by the models' names."""
    sizes = evidence.printed["table07_teachers"].set_index("teacher")["size_b"].copy()
    sizes["granite-4.0"], sizes["granite-micro"] = 1.0, 3.0
    rows = evidence.cells.assign(log_size=np.log(evidence.cells["teacher"].map(sizes)))
    return mixed_effects(rows, "log_size")


def slope(evidence: Evidence, predictor: str, key: str, paper: float) -> Outcome:
    """Compare a number of the mixed-effects regression with the paper's; on fresh data, whether it predicts at all."""
    fit = evidence.mixed[predictor]
    if fit["status"] != "fitted":
        return missing(f"the regression on {predictor.replace('_', ' ')} has no result ({fit['status']})")
    significant = "is" if fit["p"] < 0.05 else "is not"
    note = (
        f"beta {written(fit['beta'])}, SE {written(fit['se'])}, p {written(fit['p'])} (t on {written(fit['df'], 1)}"
        f" degrees of freedom) over {fit['rows']} cells of {fit['teachers']} teachers, random intercepts for teacher"
        f" and language; the slope {significant} different from 0 at the level of 0.05."
    )
    if evidence.printed is None:
        return outcome(fit["p"] >= 0.05, written(fit[key]), note)
    if predictor == "log_size":
        other = with_sizes_of_the_named_models(evidence)
        note += (
            " Table 7 prints 3 and 0.4 billion for the two Granite models; with 1 and 3, the sizes in the names of the"
            f" models behind them, beta is {written(other['beta'])}, SE {written(other['se'])} and"
            f" p {written(other['p'])}; by Wald's test, the paper's kind, which takes the variances for known, it"
            f" is {written(other['p_wald'])}."
        )
    return near(fit[key], paper, 0.0005, note)


@claim("T3-size", "Tables 7, 11 and 12")
def size_does_not_predict(evidence: Evidence) -> Outcome:
    """Log parameter size does not predict PG-Score (p = 0.507)."""
    return slope(evidence, "log_size", "p", 0.507)


@claim("T3-size-beta", "Tables 7, 11 and 12")
def slope_on_size(evidence: Evidence) -> Outcome:
    """The slope of PG-Score on log parameter size is 0.053."""
    return slope(evidence, "log_size", "beta", 0.053)


@claim("T3-perf", "none")
def benchmark_performance_does_not_predict(evidence: Evidence) -> Outcome:
    """The teacher's own benchmark performance does not predict PG-Score (p = 0.529)."""
    if evidence.printed is not None:
        return missing("the teachers' own benchmark scores are not printed")
    return slope(evidence, "performance", "p", 0.529)


@claim("T4-93", "Table 11")
def four_components_explain(evidence: Evidence) -> Outcome:
    """Four principal components of six intrinsic metrics explain 93.3 per cent of the variance."""
    report = evidence.components
    if report["left_out"] or len(report.get("explained", [])) < 4:
        absent = ", ".join(report["left_out"]).replace("_", " ") or "enough cells"
        return missing(f"{absent} of the {report['cells']} cells; Table 4 is of six metrics")
    return near(100 * sum(report["explained"][:4]), 93.3, 0.05, f"Over {report['cells']} cells.", 1)


@claim("F4-r2", "Tables 11 and 12, implied anchors")
def components_predict_students(evidence: Evidence) -> Outcome:
    """A linear model on the components predicts held-out student performance with R² = 0.664."""
    report = evidence.components
    result = report.get("prediction", {}).get("student_score", {})
    if "r2_language_out" not in result:
        return missing(f"enough cells with student scores ({result.get('reason') or report.get('reason')})")
    note = (
        f"leaving one language out, R² is {determination(result, 'language_out')}, leaving one teacher out"
        f" {determination(result, 'teacher_out')}; in sample it is {determination(result, 'in_sample')}, over"
        f" {result['rows']} cells and {result['components']} components of {len(report['metrics'])} metrics"
    )
    if report["left_out"]:
        absent = ", ".join(report["left_out"]).replace("_", " ")
        return missing(f"{absent}, and which fifth was held out. With the metrics that are there, {note}")
    return near(result["r2_language_out"], 0.664, 0.0005, note[0].upper() + note[1:] + ".")


def language_correlation(evidence: Evidence, fact: str) -> Correlation | None:
    """Spearman's ρ over languages between a fact and the mean PG-Score; None where it is not defined."""
    means = evidence.cells.dropna(subset=["pg_score"]).groupby("language")["pg_score"].mean()
    facts = evidence.languages.set_index("language")[fact].reindex(means.index)
    result = spearman(facts, means)
    return result if result.rho is not None else None


def against_print(evidence: Evidence, fact: str, paper: float) -> Outcome:
    """Compare the correlation with the paper's: by rounding for print, by the interval for fresh data."""
    result = language_correlation(evidence, fact)
    if result is None:
        return missing("fewer than three languages with a score and facts, or no spread")
    note = f"n = {result.n} languages, p {written(result.p)}."
    if evidence.printed is None:
        return within(result.low, result.high, written(result.rho), paper, note)
    return near(result.rho, paper, 0.0005, note)


@claim("G5-cc", "Tables 8, 11 and 12")
def common_crawl_correlates(evidence: Evidence) -> Outcome:
    """The share in CommonCrawl correlates with the mean PG-Score at 0.886."""
    return against_print(evidence, "common_crawl_pct", 0.886)


@claim("G5-cc-p", "Tables 8, 11 and 12")
def common_crawl_is_significant(evidence: Evidence) -> Outcome:
    """That correlation is significant below 0.05."""
    result = language_correlation(evidence, "common_crawl_pct")
    if result is None:
        return missing("fewer than three languages with a score and facts, or no spread")
    note = f"Two-sided p of ρ = {written(result.rho)} over all orders of languages, n = {result.n}."
    return outcome(result.p < 0.05, written(result.p), note)


@claim("G5-joshi", "Tables 8, 11 and 12")
def resource_level_correlates(evidence: Evidence) -> Outcome:
    """The resource level correlates with the mean PG-Score at 0.372."""
    return against_print(evidence, "joshi_level", 0.372)
