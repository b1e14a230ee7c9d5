"""Standard errors of scores and of paired differences, by hand and against repeated sampling."""

import numpy as np
import pandas as pd
import pytest

from polyglot.evaluation.standard_errors import bound, deviations, standard_errors, weigh


def errors(values, weights=None, strata=None):
    values = np.asarray(values, dtype=float)
    values = values[:, None] if values.ndim == 1 else values
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    return standard_errors(values, weights, strata if strata is not None else [""] * len(values))


def test_a_difference_is_paired_over_items():
    base = np.repeat([1.0, 0.0], 50)
    reference = base.copy()
    reference[50:56] = 1  # right on the same 50 and on 6 more
    (paired,) = errors(reference - base)
    assert paired == pytest.approx(0.0239, abs=5e-5)
    alone = np.hypot(*errors(np.column_stack([base, reference])))
    assert alone == pytest.approx(0.071, abs=5e-4)  # what treating the models as independent would give


def test_no_spread_has_the_exact_limit_and_no_error_of_zero():
    (error,) = errors(np.zeros(12))
    assert 1.959964 * error == pytest.approx(0.2646, abs=5e-5)  # Clopper and Pearson's upper limit of 0 of 12
    assert errors(np.ones(12))[0] == error
    assert errors(np.zeros(8), strata=["a"] * 4 + ["b"] * 4)[0] == bound(np.ones(8))
    assert bound(np.array([3.0, 3.0, 3.0, 3.0])) == bound(np.ones(4))
    assert bound(np.array([10.0, 1.0, 1.0, 1.0])) > bound(np.ones(4))  # one item that weighs most is nearly alone


def test_one_item_has_no_error():
    assert np.isnan(errors([1.0])).all()


def test_strata_do_not_add_their_own_spread():
    values = [1.0, 1, 1, 0, 0, 0, 0, 1]
    assert errors(values, strata=list("aaaabbbb"))[0] < errors(values)[0]


def test_strata_of_one_item_are_joined():
    values = np.array([[1.0], [0.0], [1.0], [0.0]])
    joined = deviations(values, np.ones(4), ["a", "b", "c", "c"])
    assert np.square(joined).sum() == pytest.approx(2 * (2 * 0.25 * 2 / 16))
    assert not np.isnan(errors(values, strata=["a", "c", "c", "c"])).any()
    np.testing.assert_allclose(
        deviations(values, np.ones(4), ["a", "c", "c", "c"]), deviations(values, np.ones(4), [""] * 4)
    )


@pytest.mark.parametrize("metric", ["accuracy", "weighted_accuracy"])
def test_the_error_is_the_spread_over_repeated_samples(metric):
    random = np.random.default_rng(1)
    sizes, rates = {"easy": 40, "hard": 20, "long": 30}, {"easy": 0.9, "hard": 0.3, "long": 0.5}
    names = [name for name, size in sizes.items() for _ in range(size)]
    records = [{"category": "x" if name == "long" else "y", "subset": name, "subset_weight": 5.0} for name in names]
    parts = weigh(records, metric)
    weights = parts["weight"].to_numpy()
    values = (random.random((len(names), 4000)) < np.array([rates[name] for name in names])[:, None]).astype(float)
    strata = names if metric == "accuracy" else parts["stratum"]
    scores = (weights @ values) / weights.sum()
    mean_error = np.sqrt(np.square(standard_errors(values, weights, strata)).mean())
    assert mean_error == pytest.approx(scores.std(), rel=0.05)


def test_weights_of_categories_and_subsets():
    records = [
        {"category": "safe", "subset": "s", "subset_weight": 3},
        {"category": "safe", "subset": "t", "subset_weight": 1},
        {"category": "safe", "subset": "t", "subset_weight": 1},
        {"category": "chat", "subset": "u"},
        {"category": "chat", "subset": "v"},
    ]
    expected = [0.75, 0.125, 0.125, 0.5, 0.5]
    pd.testing.assert_series_equal(
        weigh(records, "weighted_accuracy")["weight"], pd.Series(expected), check_names=False
    )
    assert weigh(records, "weighted_accuracy")["stratum"].tolist() == ["safe/s", "safe/t", "safe/t", "chat/", "chat/"]
    assert weigh(records, "accuracy")["weight"].tolist() == [1.0] * 5
