"""Statistics against numbers worked by hand or known from tables, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.regression import components, enough_components, held_out_prediction, mixed_effects
from polyglot.analysis.score import score
from polyglot.analysis.statistics import holm, spearman
from polyglot.analysis.statistics_page import page
from polyglot.analysis.study_statistics import correlations, of_cells, principal
from polyglot.analysis.teachers import performance
from polyglot.core.errors import InputError
from polyglot.core.files import write_json
from tests.unit.study_samples import tiny, wide


def test_spearman_by_hand():
    # ranks differ by 1 −1 0 0 0 0: ρ = 1 − 6·2 / (6·35)
    result = spearman([1, 2, 3, 4, 5, 6], [20, 10, 30, 40, 50, 60])
    assert result.rho == pytest.approx(1 - 12 / 210)
    assert result.n == 6
    assert result.low == pytest.approx(np.tanh(np.arctanh(result.rho) - 1.959964 / np.sqrt(3)), abs=1e-4)
    assert result.low < result.rho < result.high


def test_the_exact_p_counts_all_orders():
    assert spearman([1, 2, 3], [1, 2, 3]).p_exact == pytest.approx(2 / 6)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]).p_exact == pytest.approx(2 / 24)
    # published table: n = 6, ρ = 0.8286 has a two-sided p of 0.058
    assert spearman([1, 2, 3, 4, 5, 6], [2, 1, 3, 4, 6, 5]).p_exact < 0.05
    assert spearman([1, 2, 3, 4, 5, 6], [3, 1, 2, 4, 5, 6]).p_exact == pytest.approx(0.0583, abs=5e-4)
    assert spearman(range(8), range(8)).p_exact is None


def test_pairs_with_an_unknown_side_are_left_out_and_counted():
    result = spearman([1, 2, np.nan, 4, 5, 6], [1, 2, 3, 4, 5, np.nan])
    assert result.n == 4


@pytest.mark.parametrize(("x", "y"), [([1, 2], [1, 2]), ([1, 1, 1, 1], [1, 2, 3, 4]), ([], [])])
def test_no_correlation_where_there_is_none(x, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = spearman(x, y)
    assert result == (len(x), None, None, None, None, None)


def test_no_interval_below_five_pairs_or_for_a_perfect_order():
    assert spearman([1, 2, 3, 4], [1, 2, 4, 3]).low is None
    assert spearman(range(10), range(10)).low is None


def test_holm_by_hand():
    # sorted 0.01 0.03 0.04: times 3, 2, 1, made monotone
    assert holm([0.03, 0.01, None, 0.04]) == pytest.approx([0.06, 0.03, None, 0.06], nan_ok=True)
    assert holm([None, None]) == [None, None]


def crossed(slope, teachers=12, languages=5, noise=0.1, seed=1):
    """Scores with random intercepts for teacher and language and a known slope."""
    random = np.random.default_rng(seed)
    by_teacher, by_language = random.normal(size=teachers) * 0.3, random.normal(size=languages) * 0.5
    return pd.DataFrame(
        [
            {
                "teacher": f"t{t}",
                "language": f"l{language}",
                "size": float(t),
                "pg_score": slope * t + by_teacher[t] + by_language[language] + noise * random.normal(),
            }
            for t in range(teachers)
            for language in range(languages)
        ]
    )


def test_mixed_effects_finds_a_known_slope():
    fit = mixed_effects(crossed(0.5), "size")
    assert fit["status"] == "fitted"
    assert fit["low"] < 0.5 < fit["high"] and fit["p"] < 1e-6
    assert fit["residual_variance"] == pytest.approx(0.01, rel=0.5)
    assert (fit["rows"], fit["teachers"], fit["languages"], fit["left_out"]) == (60, 12, 5, 0)


def test_the_standard_error_counts_teachers_not_rows():
    """With no variance but the teachers', the error is that of a regression on teachers' means."""
    rows = crossed(0.0, noise=0.01)
    means = rows.groupby("teacher")[["size", "pg_score"]].mean()
    slope, intercept = np.polyfit(means["size"], means["pg_score"], 1)
    residual = means["pg_score"] - slope * means["size"] - intercept
    expected = np.sqrt((residual**2).sum() / 10 / ((means["size"] - means["size"].mean()) ** 2).sum())
    assert mixed_effects(rows, "size")["se"] == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(
    "rows",
    [
        crossed(0.5, teachers=2, languages=2),
        crossed(0.5, languages=1),
        crossed(0.5).assign(size=3.0),
        crossed(0.5).assign(size=np.nan),
    ],
)
def test_a_model_that_cannot_be_identified_has_a_status_and_no_number(rows):
    fit = mixed_effects(rows, "size")
    assert fit["status"].startswith("not identifiable") and "beta" not in fit


def test_a_model_on_the_boundary_is_not_reported_as_fitted():
    """Without any difference between teachers the variance of their intercepts is 0."""
    rows = crossed(0.0, noise=0.5)
    rows["pg_score"] -= rows.groupby("teacher")["pg_score"].transform("mean")
    fit = mixed_effects(rows, "size")
    assert fit["status"] != "fitted" and "p" not in fit


def test_components_of_two_equal_metrics_are_one():
    x = np.arange(10.0)
    result = components(pd.DataFrame({"a": x, "b": 2 * x + 1, "c": [1, -1] * 5}))
    assert result.explained[0] == pytest.approx(0.667, abs=0.02)
    assert result.loadings.shape == (3, 2)  # the third holds rounding only
    assert result.explained.sum() == pytest.approx(1)


def test_enough_components():
    assert enough_components(np.array([0.5, 0.3, 0.15, 0.05])) == 3
    assert enough_components(np.array([0.9, 0.1])) == 1
    assert enough_components(np.array([1.0])) == 1


def test_prediction_is_honest_about_languages():
    """A target that is a language's own level is fitted in sample and not at all in another language."""
    random = np.random.default_rng(5)
    languages = np.repeat(["a", "b", "c", "d"], 10)
    level = pd.Series(languages).map({"a": 0.0, "b": 1.0, "c": 2.0, "d": 3.0}).to_numpy()
    metrics = pd.DataFrame({"x": level % 2 + 0.01 * random.normal(size=40), "y": random.normal(size=40)})
    result = held_out_prediction(metrics, level, languages, 2, 99, 1)
    assert result["r2_in_sample"] > result["r2_left_out"] and result["r2_left_out"] < 0
    real = held_out_prediction(metrics, metrics["x"] + metrics["y"], languages, 2, 99, 1)
    assert real["r2_left_out"] > 0.99 and real["p_left_out"] == pytest.approx(0.01)


def test_prediction_needs_rows_and_languages():
    metrics = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [3.0, 1.0, 2.0]})
    assert "too few" in held_out_prediction(metrics, np.arange(3.0), np.array(["a", "a", "a"]), 1, 9, 1)["reason"]


def test_prediction_is_the_same_for_the_same_seed():
    metrics = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 3)), columns=list("xyz"))
    target, languages = np.random.default_rng(1).normal(size=20), np.array(["a", "b"] * 10)
    first = held_out_prediction(metrics, target, languages, 2, 99, 7)
    assert first == held_out_prediction(metrics, target, languages, 2, 99, 7)
    assert first["p_in_sample"] != held_out_prediction(metrics, target, languages, 2, 99, 8)["p_in_sample"]


def test_statistics_of_a_study_with_every_metric():
    rows = score(wide(), "mix", 60).scores.query("recipe == 'mix' and size == 60 and student_base == 'base-a'")
    table = of_cells(rows)
    assert len(table) == 15
    report, predictions = principal(table, 1)
    assert len(report["metrics"]) == 6 and report["left_out"] == []
    assert set(predictions["target"]) == {"student_score", "pgr"} and len(predictions) == 30
    result = correlations(table)
    assert set(result[result["family"] == "metrics"]["n"]) == {15}


def test_statistics_of_a_tiny_study_say_why_there_is_nothing():
    report, predictions = principal(of_cells(score(tiny(), "mix", 60).scores), 1)
    assert predictions.empty and "too few" in report["prediction"]["student_score"]["reason"]
    of_cell = of_cells(score(tiny().head(1), "mix", 60).scores)
    assert "no components" in principal(of_cell, 1)[0]["reason"]


def test_performance_is_a_mean_over_languages_of_means_over_benchmarks(tmp_path):
    def put(language, benchmark, score_, n=10):
        write_json(
            tmp_path / language / f"{benchmark}.json",
            {"benchmark": benchmark, "language": language, "score": score_, "se": 0.1, "n": n},
        )

    put("es", "one", 0.2)
    put("es", "two", 0.6)
    put("id", "one", 0.8)
    put("id", "two", None, 0)
    assert performance(tmp_path, ["one", "two"], ["es", "id"]) == pytest.approx((0.4 + 0.8) / 2)
    assert performance(tmp_path, ["one"], []) is None
    put("id", "one", 0.8)
    with pytest.raises(InputError, match=r"not of one in ar"):
        (tmp_path / "ar").mkdir()
        (tmp_path / "ar" / "one.json").write_bytes((tmp_path / "id" / "one.json").read_bytes())
        performance(tmp_path, ["one"], ["ar"])


def test_the_page_has_every_number_or_its_reason():
    rows = score(wide(), "mix", 60).scores.query("recipe == 'mix' and size == 60 and student_base == 'base-a'")
    table = of_cells(rows)
    fit = {"status": "fitted", "beta": 0.5, "low": 0.4, "high": 0.6, "p": 0.01, "rows": 15, "teachers": 5}
    mixed = {"log_size": fit, "performance": {"status": "not converged: no maximum"}, "anchors": ""}
    text = page("base-a", correlations(table), mixed, principal(table, 1)[0])
    assert "slope 0.500 (0.40 to 0.60), p = 0.010" in text and "not converged: no maximum" in text
    assert "for a language that was left out" in text
    small = of_cells(score(tiny().head(1), "mix", 60).scores)
    empty = page("base-a", correlations(small), mixed, principal(small, 1)[0])
    assert "have no components." in empty
