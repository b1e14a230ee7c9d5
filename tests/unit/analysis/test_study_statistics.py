"""Statistics against numbers worked by hand or known from tables, and what is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

from polyglot.analysis import clusters, regression
from polyglot.analysis.clusters import clustered_spearman
from polyglot.analysis.regression import component_prediction, components, enough_components, mixed_effects
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


def test_p_counts_orders():
    assert spearman([1, 2, 3], [1, 2, 3]).p == pytest.approx(2 / 6)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]).p == pytest.approx(2 / 24)
    # published table: n = 6, ρ = 0.8286 has a two-sided p of 0.058
    assert spearman([1, 2, 3, 4, 5, 6], [2, 1, 3, 4, 6, 5]).p < 0.05
    assert spearman([1, 2, 3, 4, 5, 6], [3, 1, 2, 4, 5, 6]).p == pytest.approx(0.0583, abs=5e-4)
    # of five pairs ρ = 0.9 is reached by 10 of 120 orders; Student's t gives 0.037
    assert spearman([1, 2, 3, 4, 5], [2, 1, 3, 4, 5]).p == pytest.approx(10 / 120)
    # published table: n = 8, ρ = 0.738 has a two-sided p of 0.046
    eight = spearman(range(8), [1, 2, 3, 0, 5, 7, 4, 6])
    assert eight.rho == pytest.approx(0.738, abs=1e-3) and eight.p == pytest.approx(0.046, abs=0.008)
    assert spearman(range(8), range(8)).p == pytest.approx(2e-4)


def test_pairs_with_an_unknown_side_are_left_out_and_counted():
    result = spearman([1, 2, np.nan, 4, 5, 6], [1, 2, 3, 4, 5, np.nan])
    assert result.n == 4


@pytest.mark.parametrize(("x", "y"), [([1, 2], [1, 2]), ([1, 1, 1, 1], [1, 2, 3, 4]), ([], [])])
def test_no_correlation_where_there_is_none(x, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = spearman(x, y)
    assert result == (len(x), None, None, None, None)


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


def crossed_cells(teachers, languages):
    """The cells of a complete panel, teachers one after another."""
    pairs = [(f"t{t}", f"l{language}") for t in range(teachers) for language in range(languages)]
    return pd.DataFrame(pairs, columns=["teacher", "language"])


def with_effects(random, teachers, languages, of_teacher, of_language):
    """Values of a complete panel of variance 1, of which teachers and languages have the given shares."""
    shares = [of_teacher, of_language, 1 - of_teacher - of_language]
    sizes = [(teachers, 1), (1, languages), (teachers, languages)]
    parts = [np.sqrt(share) * random.normal(size=size) for share, size in zip(shares, sizes, strict=True)]
    return (parts[0] + parts[1] + parts[2]).ravel()


def test_prediction_is_honest_about_languages_and_teachers():
    """A target that is a block's own level is fitted in sample and not at all in another block."""
    random = np.random.default_rng(5)
    cells = crossed_cells(10, 4)
    level = cells["language"].map({"l0": 0.0, "l1": 1.0, "l2": 2.0, "l3": 3.0}).to_numpy()
    metrics = pd.DataFrame({"x": level % 2 + 0.01 * random.normal(size=40), "y": random.normal(size=40)})
    result = component_prediction(metrics, level, cells, 2, 1)
    assert result["r2_in_sample"] > result["r2_language_out"] and result["r2_language_out"] < 0
    real = component_prediction(metrics, (metrics["x"] + metrics["y"]).to_numpy(), cells, 2, 1)
    assert min(real["r2_language_out"], real["r2_teacher_out"]) > 0.99 and real["p_language_out"] <= 0.05
    assert real["low_teacher_out"] > 0.9 and real["high_teacher_out"] <= 1
    of_teacher = cells["teacher"].str[1:].astype(float).to_numpy()
    own = pd.DataFrame({"x": np.where(of_teacher % 2, of_teacher, -of_teacher), "y": random.normal(size=40)})
    assert component_prediction(own, of_teacher, cells, 2, 1)["r2_teacher_out"] < 0.3


def test_prediction_in_sample_and_left_out_by_hand():
    """One metric: in sample the squared correlation; each group from the line through the others."""
    random = np.random.default_rng(3)
    cells, x = crossed_cells(5, 4), random.normal(size=20)
    y = x + random.normal(size=20)
    result = component_prediction(pd.DataFrame({"x": x}), y, cells, 1, 1)
    assert result["r2_in_sample"] == pytest.approx(np.corrcoef(x, y)[0, 1] ** 2)
    for name in ("language", "teacher"):
        predicted = np.empty(20)
        for group in cells[name].unique():
            out = (cells[name] == group).to_numpy()
            predicted[out] = np.polyval(np.polyfit(x[~out], y[~out], 1), x[out])
        expected = 1 - ((y - predicted) ** 2).sum() / ((y - y.mean()) ** 2).sum()
        assert result[f"r2_{name}_out"] == pytest.approx(expected)


def test_prediction_needs_rows_and_languages():
    metrics = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [3.0, 1.0, 2.0]})
    assert "too few" in component_prediction(metrics, np.arange(3.0), crossed_cells(3, 1), 1, 1)["reason"]


def test_prediction_without_a_complete_panel_has_neither_p_nor_interval():
    random = np.random.default_rng(0)
    metrics = pd.DataFrame(random.normal(size=(20, 3)), columns=list("xyz"))
    whole = component_prediction(metrics, random.normal(size=20), crossed_cells(5, 4), 2, 7)
    assert whole == component_prediction(
        metrics, np.random.default_rng(0).normal(size=80)[60:], crossed_cells(5, 4), 2, 7
    )
    lacking = component_prediction(metrics[:-1], random.normal(size=19), crossed_cells(5, 4)[:-1], 2, 7)
    assert lacking["p_language_out"] is None and lacking["low_in_sample"] is None
    assert np.isfinite(lacking["r2_language_out"])


def test_a_correlation_over_cells_rearranges_whole_blocks():
    """Where languages alone differ, three languages have six arrangements, however many cells there are."""
    cells = crossed_cells(8, 3)
    level = cells["language"].map({"l0": 1.0, "l1": 2.0, "l2": 3.0})
    result = clustered_spearman(cells.assign(x=level, y=level), "x", "y", 1)
    assert (result.n, result.teachers, result.languages) == (24, 8, 3)
    assert result.rho == pytest.approx(1) and result.low is None
    assert result.p == pytest.approx(2 / 6, abs=0.02)  # the order and its reverse
    assert spearman(level, level).p == pytest.approx(2e-4)  # as if cells were independent


def test_a_correlation_over_an_incomplete_panel_has_no_p():
    cells = crossed_cells(6, 4).assign(x=np.arange(24.0), y=np.arange(24.0) % 7)
    assert clustered_spearman(cells, "x", "y", 1).p is not None
    lacking = clustered_spearman(cells.assign(y=cells["y"].mask(cells.index == 3)), "x", "y", 1)
    assert lacking.n == 23 and lacking.rho is not None and lacking.p is None and lacking.low is None
    assert clustered_spearman(cells.assign(y=1.0), "x", "y", 1).rho is None
    assert clustered_spearman(cells.head(1), "x", "y", 1) == (1, 1, 1, None, None, None, None)


@pytest.mark.parametrize(("of_teacher", "of_language"), [(0.0, 0.5), (0.25, 0.25)])
def test_p_values_and_intervals_hold_their_level_whatever_the_blocks_share(of_teacher, of_language, monkeypatch):
    """Null studies: the pooled p is below 0.05 in more than a tenth of them; the clustered ones in about 5 %."""
    monkeypatch.setattr(clusters, "ARRANGEMENTS", 99)
    monkeypatch.setattr(clusters, "RESAMPLES", 200)
    monkeypatch.setattr(regression, "PERMUTATIONS", 99)
    monkeypatch.setattr(regression, "RESAMPLES", 2)
    random, cells, studies = np.random.default_rng(11), crossed_cells(10, 6), 100
    pooled, correlation, covered, in_sample, left_out = [], [], [], [], []
    for seed in range(studies):
        x, y = (with_effects(random, 10, 6, of_teacher, of_language) for _ in range(2))
        result = clustered_spearman(cells.assign(x=x, y=y), "x", "y", seed)
        pooled.append(spearman(x, y).p < 0.05)
        correlation.append(result.p < 0.05)
        covered.append(result.low <= 0 <= result.high)
        prediction = component_prediction(pd.DataFrame({"x": x}), y, cells, 1, seed)
        in_sample.append(prediction["p_in_sample"] < 0.05)
        left_out.append(prediction["p_language_out"] < 0.05)
    for levels in (correlation, in_sample, left_out):
        assert np.mean(levels) < 0.12  # 100 studies: 0.05 ± 0.044
    assert np.mean(covered) > 0.92
    assert np.mean(pooled) > 0.1


@pytest.mark.parametrize("strength", [0.0, 0.6])
def test_intervals_of_r2_in_sample_hold_the_truth_whatever_the_blocks_share(strength):
    """One end of a mirrored interval lies too low: it holds 0.36 in three of four studies."""
    random, panel, held = np.random.default_rng(4), clusters.panel_of(crossed_cells(10, 6)), []
    for _ in range(60):
        x, noise = (with_effects(random, 10, 6, 0.25, 0.5) for _ in range(2))
        y = strength * x + np.sqrt(1 - strength**2) * noise
        drawn, estimate = clusters.resamples(panel, 100, random), np.corrcoef(x, y)[0, 1] ** 2
        low, high = regression._interval(x[:, None], y, None, 1, drawn, estimate)
        assert 0 <= low <= high <= 1
        held.append(low <= strength**2 <= high)
    assert np.mean(held) > 0.86


def test_the_slope_of_a_complete_panel_has_the_errors_of_a_regression_on_means():
    for seed, teachers, languages in ((2, 12, 5), (5, 6, 4)):
        rows = crossed(0.1, teachers=teachers, languages=languages, noise=0.3, seed=seed)
        fit = mixed_effects(rows, "size")
        means = rows.groupby("teacher")[["size", "pg_score"]].mean()
        exact = linregress(means["size"], means["pg_score"])
        assert fit["beta"] == pytest.approx(exact.slope)
        assert fit["se"] == pytest.approx(exact.stderr, rel=1e-3)
        assert fit["df"] == pytest.approx(teachers - 2, rel=1e-3)
        assert fit["p"] == pytest.approx(exact.pvalue, rel=1e-2)


def test_statistics_of_a_study_with_every_metric():
    rows = score(wide(), "mix", 60).scores.query("recipe == 'mix' and size == 60 and student_base == 'base-a'")
    table = of_cells(rows)
    assert len(table) == 15
    report, predictions = principal(table, 1)
    assert len(report["metrics"]) == 6 and report["left_out"] == []
    assert set(predictions["target"]) == {"student_score", "pgr"} and len(predictions) == 30
    result = correlations(table, 1)
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
    fit = {
        "status": "fitted",
        "beta": 0.5,
        "se": 0.05,
        "df": 3.0,
        "low": 0.4,
        "high": 0.6,
        "p": 0.01,
        "rows": 15,
        "teachers": 5,
    }
    mixed = {"log_size": fit, "performance": {"status": "not converged: no maximum"}, "anchors": ""}
    text = page("base-a", correlations(table, 1), mixed, principal(table, 1)[0])
    assert (
        "slope 0.500 (0.40 to 0.60), t = 10.00 on 3.0 degrees" in text
        and "p = 0.010" in text
        and "not converged: no maximum" in text
    )
    assert "for a language that was left out" in text
    small = of_cells(score(tiny().head(1), "mix", 60).scores)
    empty = page("base-a", correlations(small, 1), mixed, principal(small, 1)[0])
    assert "have no components." in empty
