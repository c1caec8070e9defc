"""Bootstrap intervals and paired differences."""

import math
from itertools import product
from math import ceil, comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from basinbench.reports.data.statistics import (
    EXACT,
    LEVEL,
    RESAMPLES,
    Interval,
    _resamples,
    band,
    mean,
    median,
    paired,
    simultaneous,
    stratified_mean,
)
from basinbench.reports.judging.claim import at_least, at_most
from basinbench.reports.wording.numbers import interval

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


@pytest.mark.slow
def test_intervals_hold_the_true_mean_about_as_often_as_they_say():
    trials = np.random.default_rng(0).normal(3.0, 1.0, size=(40, 600))
    _, low, high = band(trials)
    assert 0.91 < np.mean((low <= 3.0) & (high >= 3.0)) < 0.97


@settings(max_examples=30)
@given(samples)
def test_an_interval_holds_its_estimate_and_lies_within_the_values(values):
    found = mean(values)
    assert found.n == len(values)
    slack = 1e-9
    assert min(values) - slack <= found.low <= found.estimate + slack
    assert found.estimate - slack <= found.high <= max(values) + slack


@settings(max_examples=30)
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
    assert mean(values) == mean(tuple(values)) == mean(iter(values))


@pytest.mark.parametrize("statistic", [mean, median])
@pytest.mark.parametrize("n", range(2, 6))
def test_few_values_have_the_interval_of_all_their_resamples(statistic, n):
    """Counted one by one, in their n^n orders, and cut at the quantiles of that distribution."""
    values = np.random.default_rng(n).gamma(2.0, size=n)
    of = {mean: np.mean, median: np.median}[statistic]
    every = np.sort([of(values[list(draw)]) for draw in product(range(n), repeat=n)])
    cut = ceil((1 - LEVEL) / 2 * len(every)) - 1
    found = statistic(values)
    assert (found.low, found.high) == pytest.approx((every[cut], every[-1 - cut]))


@pytest.mark.parametrize("n", range(1, EXACT + 1))
def test_all_resamples_are_counted_once_and_the_likelihoods_sum_to_one(n):
    draws, weights = _resamples(n)
    assert len({tuple(sorted(draw)) for draw in draws.tolist()}) == len(draws)
    assert len(draws) == comb(2 * n - 1, n)
    assert weights.sum() == pytest.approx(1)


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


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
def test_nothing_is_averaged_over_survivors(lost):
    """Of pairs that diverged there is a count, and neither a mean nor an interval of the others."""
    values = [1.0, lost, 3.0, lost]
    alone = simultaneous({"": values})[""]
    for found in (mean(values), median(values), stratified_mean([[1.0, 2.0], values]), alone):
        assert found.diverged == 2
        assert found.n in (4, 6)
        assert all(map(math.isnan, (found.estimate, found.low, found.high)))
        assert found.direction == ""
        assert interval(found, 2, 4) == f"2 of {found.n} diverged"
        assert at_most(1e9).judge(found) == at_least(-1e9).judge(found) == "fails"


def test_a_stratified_mean_depends_on_the_spread_within_the_strata_alone():
    first, second = [1.0, 2.0, 4.0], [11.0, 12.0, 14.0]
    assert stratified_mean([first]) == mean(first)
    both, pooled = stratified_mean([first, second]), mean(first + second)
    assert both.estimate == pooled.estimate
    assert both.high - both.low < pooled.high - pooled.low
    assert stratified_mean([[1.0, 1.0], [5.0, 5.0, 5.0]]) == Interval(3.4, 3.4, 3.4, 5)
    # strata are drawn from independently: what one loses the other does not always gain
    against = stratified_mean([first, [-value for value in first]])
    assert against.low < -0.5
    assert against.high > 0.5


def test_a_difference_is_taken_over_the_pairs_that_both_have():
    ours = {"0-1": 1.0, "2-3": 5.0, "4-5": 9.0}
    baseline = {"0-1": 0.5, "4-5": 8.0, "6-7": 100.0}
    found = simultaneous({"": paired(ours, baseline)})[""]
    expected = stats.ttest_1samp([0.5, 1.0], 0).confidence_interval(LEVEL)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (found.estimate, found.n) == (0.75, 2)
    assert simultaneous({"": paired(ours, {})})[""].n == 0


def test_pairing_removes_what_the_pairs_share():
    shared = np.random.default_rng(1).normal(0, 10, size=20)
    ours = {str(i): v - 1 for i, v in enumerate(shared)}
    baseline = {str(i): v + 0.1 * (i % 2) for i, v in enumerate(shared)}
    assert simultaneous({"": paired(ours, baseline)})[""].direction == "lower"
    assert mean(ours.values()).low < mean(baseline.values()).estimate < mean(ours.values()).high


families = st.dictionaries(st.sampled_from("abcdefgh"), samples, min_size=1)


@given(families)
@settings(max_examples=50)
def test_intervals_that_hold_together_contain_those_of_one_comparison_alone(family):
    together = simultaneous(family)
    compared = [key for key, found in together.items() if not math.isnan(found.low)]
    for key in compared:
        alone, found = simultaneous({key: family[key]})[key], together[key]
        assert (found.estimate, found.n) == (alone.estimate, alone.n)
        assert found.low <= alone.low < alone.estimate < alone.high <= found.high
        assert (found == alone) == (len(compared) == 1)


@given(families, st.randoms())
@settings(max_examples=25)
def test_the_order_of_the_comparisons_does_not_matter(family, random):
    keys = list(family)
    random.shuffle(keys)
    again = simultaneous({key: family[key] for key in keys})
    assert repr(sorted(again.items())) == repr(sorted(simultaneous(family).items()))


def test_methods_that_do_what_the_baseline_does_are_seldom_called_better_or_worse():
    """8 methods, 5 pairs, every difference null: one false call in 5 % of families at most."""
    random, families, called, uncorrected = np.random.default_rng(3), 400, 0, 0
    for _ in range(families):
        found = random.normal(size=(8, 5)) - random.normal(size=5)
        called += any(f.direction for f in simultaneous(dict(enumerate(found))).values())
        uncorrected += any(simultaneous({0: one})[0].direction for one in found)
    assert called / families < 0.05 + 2 * math.sqrt(0.05 * 0.95 / families)
    assert uncorrected / families > 0.2


@pytest.mark.parametrize("values", [[0.1 + 0.2, 0.3, 0.3], [-2.0, -2.0], [0.0, 0.0, 0.0], [1.0]])
def test_values_that_all_agree_tell_of_no_spread_and_are_no_comparison(values):
    other = [1.0, 1.1, 1.3]
    found = simultaneous({"agree": values, "other": other, "none": []})
    assert found["agree"].direction == ""
    assert math.isnan(found["agree"].low)
    assert found["agree"].estimate == pytest.approx(values[0])
    assert found["other"] == simultaneous({"other": other})["other"]
    assert found["none"].n == 0


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
