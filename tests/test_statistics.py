"""Bootstrap intervals and paired differences."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from basinbench.reports.statistics import (
    LEVEL,
    RESAMPLES,
    Interval,
    _resamples,
    band,
    difference,
    mean,
    median,
)

samples = st.lists(st.floats(-100, 100), min_size=2, max_size=12)


@pytest.mark.parametrize(("ours", "theirs"), [(mean, np.mean), (median, np.median)])
@pytest.mark.parametrize("n", [5, 12, 40])
def test_the_interval_is_the_percentile_bootstrap_of_scipy(ours, theirs, n):
    values = np.random.default_rng(n).gamma(2.0, size=n)
    found = ours(values)
    expected = stats.bootstrap(
        (values,), theirs, n_resamples=RESAMPLES, confidence_level=LEVEL, method="percentile"
    ).confidence_interval
    assert found.estimate == pytest.approx(theirs(values))
    noise = 0.06 * values.std()  # of 9,999 resamples, seen in both
    assert found.low == pytest.approx(expected.low, abs=noise)
    assert found.high == pytest.approx(expected.high, abs=noise)


def test_intervals_hold_the_true_mean_about_as_often_as_they_say():
    trials = np.random.default_rng(0).normal(3.0, 1.0, size=(40, 600))
    _, low, high = band(trials)
    assert 0.91 < np.mean((low <= 3.0) & (high >= 3.0)) < 0.97


@settings(deadline=None, max_examples=30)
@given(samples)
def test_an_interval_holds_its_estimate_and_lies_within_the_values(values):
    found = mean(values)
    assert found.n == len(values)
    slack = 1e-9
    assert min(values) - slack <= found.low <= found.estimate + slack
    assert found.estimate - slack <= found.high <= max(values) + slack


@settings(deadline=None, max_examples=30)
@given(samples, st.floats(-50, 50), st.floats(0.1, 10))
def test_an_interval_moves_and_stretches_with_its_values(values, shift, scale):
    found, moved = mean(values), mean(np.array(values) * scale + shift)
    for before, after in zip(
        (found.estimate, found.low, found.high),
        (moved.estimate, moved.low, moved.high),
        strict=True,
    ):
        assert after == pytest.approx(before * scale + shift, abs=1e-8)


def test_the_same_values_give_the_same_interval():
    values = list(np.random.default_rng(3).normal(size=15))
    found = mean(values)
    assert found == mean(tuple(values)) == mean(iter(values))
    _resamples.cache_clear()
    assert mean(values) == found


def test_of_three_values_the_interval_is_their_range():
    """27 resamples are possible, and a 27th of them repeats the lowest: 3.7 % > 2.5 %."""
    found = mean([1.0, 2.0, 6.0])
    assert (found.low, found.high) == (1.0, 6.0)


def test_one_value_has_no_interval_and_none_has_no_estimate():
    one = mean([0.25])
    assert (one.estimate, one.n) == (0.25, 1)
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    assert one.direction == ""
    none = mean([])
    assert none.n == 0
    assert math.isnan(none.estimate)
    assert none.direction == ""


def test_blanks_are_left_out_and_not_counted():
    assert mean([1.0, math.nan, 3.0]) == mean([1.0, 3.0])
    assert mean([math.nan]).n == 0


def test_an_infinite_value_gives_an_infinite_mean_without_an_interval():
    found = mean([1.0, math.inf, 2.0])
    assert found.estimate == math.inf
    assert math.isnan(found.low)


def test_a_difference_is_taken_over_the_pairs_that_both_have():
    ours = {"0-1": 1.0, "2-3": 5.0, "4-5": 9.0}
    baseline = {"0-1": 0.5, "4-5": 8.0, "6-7": 100.0}
    found = difference(ours, baseline)
    assert (found.estimate, found.low, found.high, found.n) == (0.75, 0.5, 1.0, 2)
    assert difference(ours, {}).n == 0


def test_pairing_removes_what_the_pairs_share():
    shared = np.random.default_rng(1).normal(0, 10, size=20)
    ours = {str(i): v - 1 for i, v in enumerate(shared)}
    baseline = {str(i): v for i, v in enumerate(shared)}
    assert difference(ours, baseline).direction == "lower"
    assert mean(ours.values()).low < mean(baseline.values()).estimate < mean(ours.values()).high


@pytest.mark.parametrize(
    ("low", "high", "direction"),
    [
        (0.1, 0.2, "higher"),
        (-0.2, -0.1, "lower"),
        (-0.1, 0.1, ""),
        (0.0, 0.1, ""),
        (-0.1, 0.0, ""),
        (math.nan, math.nan, ""),
    ],
)
def test_a_difference_whose_interval_covers_zero_has_no_direction(low, high, direction):
    assert Interval((low + high) / 2, low, high, 3).direction == direction


def test_a_band_is_the_interval_of_every_point():
    lines = np.random.default_rng(2).normal(size=(4, 25))
    centre, low, high = band(lines)
    for point in range(25):
        found = mean(lines[:, point])
        assert (centre[point], low[point], high[point]) == pytest.approx(
            (found.estimate, found.low, found.high)
        )


@pytest.mark.parametrize("lines", [np.ones((1, 5)), np.array([[1.0, math.inf], [1.0, 2.0]])])
def test_one_line_or_an_infinite_one_has_no_band(lines):
    _, low, high = band(lines)
    assert np.isnan(low).all()
    assert np.isnan(high).all()
