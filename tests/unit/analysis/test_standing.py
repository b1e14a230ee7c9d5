"""What of a printed ranking stands: known sums, and simulated answers that correlate."""

import numpy as np
import pytest

from polyglot.analysis.score import score
from polyglot.analysis.standing import least_correlation, page, standing, unpaired_error
from polyglot.evaluation.standard_errors import TWO_SIDED
from tests.unit.study_samples import frame, measured

BENCHMARKS = {
    "letters": {"languages": ["ar", "es"], "items": 400},
    "numbers": {"languages": ["es"], "items": 100},
}


def test_the_error_is_that_of_simulated_models_whose_answers_correlate():
    random = np.random.default_rng(1)
    hard = random.random((20_000, 400))
    # both answer right where a common draw is below p, or, for the other half of items, each where its own is
    common = np.arange(400) < 200
    first, second = (np.where(common, hard, random.random(hard.shape)) < 0.4 for _ in range(2))
    spread = (first.mean(axis=1) - second.mean(axis=1)).std()
    assert spread == pytest.approx(unpaired_error(0.4, [400]) * np.sqrt(1 - 0.5), rel=0.02)
    # a difference of 1.96 of these errors is told from none at r = 0.5, and not below
    assert least_correlation(TWO_SIDED * spread, unpaired_error(0.4, [400])) == pytest.approx(0.5, abs=0.02)


def test_known_sums():
    assert unpaired_error(0.5, [100]) == pytest.approx(np.sqrt(0.005))
    assert unpaired_error(0.5, [100, 100]) == pytest.approx(np.sqrt(0.005 / 2))
    assert least_correlation(1.0, 0.1) == 0 and least_correlation(0.0, 0.1) == 1


def study():
    rows = [
        measured(teacher="ann", language="es", student_score=0.50, base_score=0.40, reference_score=0.30),
        measured(teacher="bob", language="es", student_score=0.45, base_score=0.40, reference_score=0.30),
        measured(teacher="cec", language="es", student_score=0.30, base_score=0.40, reference_score=0.30),
        measured(teacher="ann", language="ar", student_score=0.31, base_score=0.40, reference_score=0.60),
        measured(teacher="bob", language="ar", student_score=0.30, base_score=0.40, reference_score=0.60),
    ]
    scores = score(frame(rows), "mix", 60).scores
    return scores.assign(pg_score=scores["pgr"])


def test_a_reference_below_the_base_ranks_students_backwards():
    table = standing(study(), BENCHMARKS).set_index("language")
    spanish = table.loc["es"]
    assert (spanish["best_by_gain"], spanish["best_by_pg_score"], spanish["its_rank_by_gain"]) == ("ann", "cec", 3)
    assert spanish["anchor_gap"] == pytest.approx(-0.1) and spanish["benchmarks"] == 2
    assert spanish["lead_over_second"] == pytest.approx(0.05) and spanish["lead_over_last"] == pytest.approx(0.2)
    assert spanish["lead_over_last_r"] == 0 < spanish["lead_over_second_r"]
    assert table.at["ar", "best_by_pg_score"] == "ann" and table.at["ar", "its_rank_by_gain"] == 1
    text = page(table.reset_index())
    assert "below the base in es: there PGR ranks students backwards" in text
    assert "best by gain in ar of the 2 languages" in text and "above their base in es:" in text


def test_without_scores_of_students_nothing_is_said_of_gains():
    rows = study()
    rows[["gain", "base_score", "student_score"]] = np.nan
    table = standing(rows, BENCHMARKS)
    assert table["best_gain"].isna().all() and table["best_by_pg_score"].notna().all()
    assert "nothing can be said of gains" in page(table)
