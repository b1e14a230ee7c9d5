"""What teachers are screened by: ratios and their errors by hand, and what the mean of all leaves out."""

import numpy as np
import pandas as pd
import pytest

from polyglot.analysis.observations import Observations
from polyglot.analysis.predictors import (
    ALL_Z,
    FIDELITY,
    MEAN_Z,
    MEASURES,
    errors_of,
    measured,
    of_student,
    share_error,
    weighted,
    weights_of,
)

# NLL per token, rank, NLL without the prompt and one-shot gain of three rows, and of one that could not be scored
ROWS = pd.DataFrame(
    {
        "token_nll": [1.0, 2.0, 3.0, np.nan],
        "rank": [4.0, 10.0, 16.0, np.nan],
        "alone_nll": [2.0, 4.0, 6.0, np.nan],
        "one_shot_gain": [0.1, 0.2, 0.6, np.nan],
    }
)


def cells_of(**columns):
    values = dict.fromkeys(MEASURES, 0.5) | columns
    size = len(next(iter(columns.values())))
    cells = pd.DataFrame({"teacher": list("abc")[:size], "language": "es"})
    return cells.assign(**{name: values[name] for name in MEASURES})


def test_ratios_are_of_means_over_the_scored_rows_and_less_is_better():
    values, parts = of_student(ROWS)
    assert values.tolist() == pytest.approx([-2.0, -5.0, -0.5, 0.3])  # 2; 10 / 2; 2 / 4; 0.9 / 3
    assert (parts[3] == 0).all()
    # answers that their prompts make half as unlikely, row by row, have a ratio without any error
    assert np.abs(parts[:, 2]).max() == pytest.approx(0, abs=1e-12)
    errors = np.sqrt(np.square(parts).sum(axis=0))
    assert errors[0] == pytest.approx(1 / np.sqrt(3))  # the SD of 1, 2, 3 is 1
    # ranks less five times the NLL are −1, 0 and 1; by the mean NLL, 2, they have the SD 1/2
    assert errors[1] == pytest.approx(0.5 / np.sqrt(3))
    assert errors[3] == pytest.approx(np.sqrt((0.2**2 + 0.1**2 + 0.3**2) / 2 / 3))


def test_rows_that_were_shown_before_no_answer_have_no_part_in_the_one_shot_gain():
    values, parts = of_student(ROWS.assign(one_shot_gain=[np.nan, 0.2, 0.4, np.nan]))
    assert values[3] == pytest.approx(0.3) and parts[:, 3] == pytest.approx([0, -0.1 / np.sqrt(2), 0.1 / np.sqrt(2), 0])
    unknown, of_none = of_student(ROWS.drop(columns="one_shot_gain"))
    assert np.isnan(unknown[3]) and np.isnan(of_none[:, 3]).all() and np.isfinite(of_none[:, :3]).all()


def test_rows_that_no_student_base_scored_are_unknown():
    values, parts = of_student(pd.DataFrame({"score": [1.0, 2.0]}))
    assert np.isnan(values).all() and np.isnan(parts).all() and parts.shape == (2, 4)


def test_measures_of_a_cell_are_means_over_its_trials():
    cell = {"student_base": "b", "teacher": "a", "language": "es", "recipe": "mix", "size": 3}
    four = dict.fromkeys(("prompt_diversity", "response_diversity"), 0.2) | {"judge_score": 3.0, "perplexity": np.e - 1}
    scored = pd.DataFrame([{**cell, **four, "trial": trial, FIDELITY: 0.5 + trial / 10} for trial in (1, 2)])
    other = ROWS.assign(rank=[8.0, 20.0, 32.0, np.nan])
    rows = pd.concat([ROWS.assign(data="a/es/mix-3/trial1"), other.assign(data="a/es/mix-3/trial2")])
    (values,) = measured(scored, {"es": Observations(pd.DataFrame(), rows)}).to_dict("records")
    assert values["rank_surprisal"] == pytest.approx(-(5 + 10) / 2)
    assert (values[FIDELITY], values["perplexity"]) == (pytest.approx(0.65), pytest.approx(-1))
    assert np.isnan(values["prompt_length"])  # was not measured


def test_the_mean_of_all_leaves_out_what_does_not_differ_and_counts_the_loss_once():
    cells = cells_of(judge_score=[1.0, 2.0, 3.0], difficulty=[-0.9, -0.8, -0.4], student_loss=[-9.0, -1.0, -5.0])
    z = weighted(cells, weights_of(cells)[ALL_Z])
    # judge: −1.225, 0, 1.225; difficulty: mean −0.7, SD 0.216: −0.926, −0.463, 1.389
    assert z.tolist() == pytest.approx([-1.0753, -0.2315, 1.3068], abs=1e-3)
    assert weighted(cells, weights_of(cells)[MEAN_Z]).isna().all()  # three of the four have no spread


def test_the_mean_of_all_is_unknown_where_nothing_is_known_beside_the_four():
    cells = cells_of(**{name: [1.0, 2.0, 3.0] for name in MEASURES[:4]})
    weights = weights_of(cells)
    assert weighted(cells, weights[MEAN_Z]).tolist() == pytest.approx([-1.2247, 0.0, 1.2247], abs=1e-4)
    assert weights[ALL_Z].isna().all()


def test_a_share_of_all_rows_has_an_error_too():
    assert share_error(1.0, 16) == pytest.approx(np.sqrt(0.9 * 0.1 / 20))
    parts = pd.DataFrame(0.0, index=range(4), columns=MEASURES)
    parts["judge_score"] = [0.3, 0.0, 0.0, -0.3]
    weight = pd.Series({"judge_score": 0.5, FIDELITY: 2.0}).reindex(MEASURES, fill_value=0.0)
    errors = errors_of(parts, 0.1, {ALL_Z: weight})
    assert errors["judge_score"] == pytest.approx(0.3 * np.sqrt(2)) and errors[FIDELITY] == 0.1
    assert errors[ALL_Z] == pytest.approx(np.sqrt((0.15 * np.sqrt(2)) ** 2 + 0.2**2))
