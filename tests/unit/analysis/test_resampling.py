"""The errors that a resampling draws."""

import numpy as np
import pytest

from polyglot.analysis.resampling import _noise


def drawn(shares, draws=100_000, freedom=0):
    return _noise(np.random.default_rng(1), draws, np.asarray(shares, dtype=float), freedom)


def test_errors_have_the_covariance_of_the_units_behind_them():
    shares = np.random.default_rng(0).normal(size=(40, 3)) @ [[1, 0.9, 0], [0, 0.1, 0.5], [0, 0, 2]]
    assert np.cov(drawn(shares).T) == pytest.approx(shares.T @ shares, rel=0.05, abs=0.5)
    assert np.var(drawn(shares, freedom=10)[:, 0]) == pytest.approx(10 / 8 * shares[:, 0] @ shares[:, 0], rel=0.05)


def test_what_is_alike_differs_by_nothing_and_what_is_not_known_stays_so():
    shares = np.random.default_rng(0).normal(size=(12, 5))
    shares[:, 3], shares[:, 1], shares[:, 4] = shares[:, 0], 0, np.nan
    errors = drawn(shares, draws=50)
    assert (errors[:, 3] == errors[:, 0]).all() and (errors[:, 1] == 0).all() and np.isnan(errors[:, 4]).all()
    assert np.ptp(errors[:, [0, 2]], axis=0).min() > 0
    assert drawn([[1, 2, 3]], draws=4).shape == (4, 3)  # fewer units than values
    assert np.isnan(drawn([[np.nan, np.nan]], draws=4)).all()
