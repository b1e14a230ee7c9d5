"""What data alone say of teachers: orders by hand, fits that never saw what they predict, verdicts that can fail."""

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.observations import Observations
from polyglot.analysis.predictors import MEAN_Z, MEASURES
from polyglot.analysis.score import INTRINSIC
from polyglot.analysis.screening import agreement, out_of_sample, screened, table_of, value_errors
from polyglot.analysis.screening_page import verdict

TEACHERS, LANGUAGES = "abcdefgh", ["ar", "de", "es", "id", "ja"]
MEAN_OF_FOUR = {MEAN_Z: pd.Series(0.25, INTRINSIC).reindex(MEASURES, fill_value=0.0)}  # the spreads are 1


def cells_of(random, weight):
    """A panel in which the judge score says `weight` of what the students gain; other metrics say nothing."""
    rows = [(teacher, language) for teacher in TEACHERS for language in LANGUAGES]
    cells = pd.DataFrame(rows, columns=["teacher", "language"])
    of_teacher = dict(zip(TEACHERS, random.normal(size=len(TEACHERS)), strict=True))
    truth = cells["teacher"].map(of_teacher).to_numpy() + 0.1 * random.normal(size=len(cells))
    for name in INTRINSIC:
        cells[name] = random.normal(size=len(cells))
    cells["judge_score"] = weight * truth + (1 - weight) * cells["judge_score"]
    return cells.assign(target=truth, z_intrinsic=cells[INTRINSIC].mean(axis=1))


def test_an_order_agrees_as_counted_by_hand():
    cells = pd.DataFrame(
        {
            "teacher": [*"abc"] * 2,
            "language": ["es"] * 3 + ["id"] * 3,
            "judge_score": [1.0, 2.0, 3.0, 1.0, 2.0, 3.0],
            "target": [0.1, 0.2, 0.3, 0.2, 0.1, 0.3],
        }
    )
    report = agreement(cells, "judge_score", 1)
    assert (report["teachers"], report["languages"], report["of"]) == (3, 2, 1)
    assert report["rho"] == pytest.approx((1 + 0.5) / 2)  # 1 − 6 · 2 / (3 · 8) in Indonesian
    assert report["top"] == 1 and report["by_chance"] == pytest.approx(1 / 3)
    assert report["rho_low"] is None  # three teachers cannot be resampled
    assert verdict([report]) == "Not validated: the study is too small for an interval of ρ."


def test_a_metric_that_says_what_students_gain_is_shown_and_others_are_not():
    cells = cells_of(np.random.default_rng(5), 0.95)
    cells["ridge_language_out"] = out_of_sample(cells, "language")
    reports = [agreement(cells, name, 2) for name in ("judge_score", "prompt_diversity", "ridge_language_out")]
    assert reports[0]["rho"] > 0.9 and reports[0]["top"] > 0.8 and reports[2]["rho"] > 0.8
    said = verdict(reports)
    assert said.startswith("Shown to order these teachers better than guessing: judge score, ridge on the measures")
    assert "prompt diversity" not in said


def test_noise_is_hardly_ever_shown_to_order_teachers():
    shown = 0
    for number in range(40):
        cells = cells_of(np.random.default_rng(number), 0.0)
        shown += verdict([agreement(cells, name, number) for name in INTRINSIC]).startswith("Shown")
    assert shown <= 4


def test_a_measure_that_is_the_same_for_all_has_no_order_to_agree_with():
    cells = cells_of(np.random.default_rng(3), 0.9).assign(judge_score=1.0)
    report = agreement(cells, "judge_score", 1)
    assert report["rho"] is report["rho_floor"] is report["top"] is None
    assert (report["teachers"], report["languages"]) == (8, 5)


def test_a_prediction_never_saw_its_group():
    cells = cells_of(np.random.default_rng(8), 0.9)
    before = out_of_sample(cells, "teacher")
    changed = cells.assign(target=cells["target"].where(cells["teacher"] != "c", 100.0))
    after = out_of_sample(changed, "teacher")
    of_c = cells["teacher"] == "c"
    assert np.array_equal(before[of_c], after[of_c]) and not np.allclose(before[~of_c], after[~of_c])
    assert np.isnan(out_of_sample(cells[cells["language"].isin(["ar", "de"])], "language")).all()


def test_intervals_come_from_the_rows():
    scores = [1.0, 2.0, 3.0, 4.0, 5.0, 3.0, 2.0, 4.0]
    rows = pd.DataFrame(
        {
            "data": "a/es/mix-8/trial1",
            "request_id": [f"{number}" for number in range(8)],
            "prompt_distance": 0.5,
            "response_distance": 0.5,
            "score": scores,
            "perplexity": 10.0,
        }
    )
    cell = {"student_base": "base", "teacher": "a", "language": "es", "recipe": "mix", "size": 8, "trial": 1}
    scored = pd.DataFrame([cell | {"prompt_diversity": 0.5, "response_diversity": 0.5, "perplexity": 10.0}])
    scored = scored.assign(judge_score=np.mean(scores), z_intrinsic=0.0, gain=0.1, pgr=np.nan)
    errors = value_errors(scored, MEAN_OF_FOUR, {"es": Observations(pd.DataFrame(), rows)})
    cells, target = screened(scored)
    table = table_of("base", cells, errors).set_index("predictor")
    half = 1.96 * np.std(scores, ddof=1) / np.sqrt(8)
    assert target == "gain" and table.at["judge_score", "rank"] == 1
    assert table.at["judge_score", "low"] == pytest.approx(3 - half)
    assert table.at["judge_score", "high"] == pytest.approx(3 + half)
    assert table.at["z_intrinsic", "high"] == pytest.approx(half / 4)  # the judge's alone moves the mean of four
    assert table.at["prompt_diversity", "low"] == table.at["prompt_diversity", "high"] == 0.5
    assert pd.isna(table.at["ridge_teacher_out", "value"]) and pd.isna(table.at["ridge_teacher_out", "rank"])


def test_what_a_row_gives_to_two_metrics_goes_together():
    score = [1.0, 2.0, 3.0, 4.0]
    rows = pd.DataFrame({"data": "a/es/mix-4/trial1", "request_id": list("wxyz"), "score": score, "perplexity": 10.0})
    rows = rows.assign(prompt_distance=0.5, response_distance=[value / -2 for value in score])  # twice it is −score
    cell = {"student_base": "b", "teacher": "a", "language": "es", "recipe": "mix", "size": 4, "trial": 1}
    errors = value_errors(pd.DataFrame([cell]), MEAN_OF_FOUR, {"es": Observations(pd.DataFrame(), rows)})["a", "es"]
    assert errors["response_diversity"] == pytest.approx(errors["judge_score"]) and errors["judge_score"] > 0.6
    assert errors[MEAN_Z] == pytest.approx(0, abs=1e-12)  # the diversity falls by what the score rises
