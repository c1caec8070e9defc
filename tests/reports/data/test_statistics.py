"""Intervals of means and medians over networks, and differences that are judged together."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from basinbench.reports.data.clustered import Networks
from basinbench.reports.data.statistics import (
    DIGITS,
    FEW,
    LEVEL,
    Interval,
    Sample,
    band,
    beyond_chance,
    mean,
    mean_of,
    median,
    paired,
    simultaneous,
    stratified_mean,
)
from basinbench.reports.judging.claim import at_least, at_most
from basinbench.reports.wording.numbers import interval

values_of_pairs = st.lists(st.floats(-100, 100), min_size=FEW + 1, max_size=12)


def apart(values) -> dict[Networks, float]:
    """The values, each of a pair that shares no network with another."""
    return {(str(2 * i), str(2 * i + 1)): float(v) for i, v in enumerate(values)}


def crossed(values) -> dict[Networks, float]:
    """The values of all pairs of as many networks as that takes."""
    n = round((1 + math.sqrt(1 + 8 * len(values))) / 2)
    pairs = combinations(range(n), 2)
    return {(str(i), str(j)): float(v) for (i, j), v in zip(pairs, values, strict=True)}


@settings(max_examples=30)
@given(values_of_pairs, st.floats(-50, 50), st.floats(0.1, 10))
def test_an_interval_moves_and_stretches_with_its_values(values, shift, scale):
    found, moved = mean(apart(values)), mean(apart(np.array(values) * scale + shift))
    assert found.n == len(values)
    assert found.networks == 2 * len(values)
    if math.isnan(found.low) or math.isnan(moved.low):
        return  # values that agree but for rounding
    for before, after in zip(
        (found.estimate, found.low, found.high),
        (moved.estimate, moved.low, moved.high),
        strict=True,
    ):
        # Of numbers far greater than their sum the digits that are kept are fewer in this.
        lost = 10.0 ** (1 - DIGITS) * max(abs(before * scale), abs(shift), 100)
        assert after == pytest.approx(before * scale + shift, abs=lost)


def test_an_interval_is_clustered_by_network_and_cut_where_no_number_can_be():
    sample = crossed(np.random.default_rng(0).normal(99, 1, size=10))
    found = mean(sample)
    assert (found.n, found.networks) == (10, 5)
    cut = found.within(0, found.estimate + 0.01)
    assert (cut.low, cut.high) == (found.low, pytest.approx(found.estimate + 0.01))
    wider = mean_of(list(sample), list(sample.values()), 0.99)
    assert wider.low < found.low < found.high < wider.high
    assert (wider.level, found.level) == (0.99, LEVEL)


@pytest.mark.parametrize("scale", [1, 1 / 3, 1e-3])
def test_values_whose_networks_agree_have_the_ordinary_interval(scale: float):
    """What the jackknife sees of these ranks is rounding, which is no error of their mean."""
    ranks = scale * np.array([1.0, 1, 2, 2, 1, 1])
    found, ordinary = mean(crossed(ranks)), np.std(ranks, ddof=1) / 6**0.5
    assert found.networks == 4
    assert found.high - found.estimate == pytest.approx(stats.t(3).ppf(0.975) * ordinary)
    line, low, high = band(ranks[:, None] * [1, 0], list(crossed(ranks)), 9)
    assert (line[0], high[0]) == pytest.approx((found.estimate, found.high))
    assert (low[1], high[1]) == (0, 0)


@pytest.mark.parametrize("statistic", [mean, median])
@pytest.mark.parametrize("n", [2, 3])
def test_two_or_three_values_are_shown_and_have_no_interval(statistic, n: int):
    found = statistic(apart([2.0, 1.0, 6.0][:n]))
    assert math.isnan(found.low)
    assert found.values == tuple(sorted([2.0, 1.0, 6.0][:n]))
    assert found.direction == ""
    shown = interval(found, 1, 2)
    assert shown.endswith("(1.0; 2.0; 6.0)" if n == 3 else "(1.0; 2.0)")
    assert simultaneous({"": apart([2.0, 1.0, 6.0][:n])})[""].direction == ""


def test_one_value_has_no_interval_and_none_has_no_estimate():
    one = mean(apart([0.25]))
    assert (one.estimate, one.n, one.values) == (0.25, 1, ())
    assert math.isnan(one.low)
    assert math.isnan(one.high)
    assert one.direction == ""
    none = mean({})
    assert none.n == 0
    assert math.isnan(none.estimate)
    assert none.direction == ""


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
def test_nothing_is_averaged_over_survivors(lost):
    """Of pairs that diverged there is a count, and neither a mean nor an interval of the others."""
    sample = apart([1.0, lost, 3.0, lost])
    alone = simultaneous({"": sample})[""]
    for found in (mean(sample), median(sample), stratified_mean([apart([1, 2]), sample]), alone):
        assert found.failed == 2
        assert found.n in (4, 6)
        assert all(map(math.isnan, (found.estimate, found.low, found.high)))
        assert found.direction == ""
        assert interval(found, 2, 4) == f"2 of {found.n} failed"
        assert at_most(1e9).judge(found) == at_least(-1e9).judge(found) == "fails"


def test_a_stratified_mean_depends_on_the_spread_within_the_strata_alone():
    first, second = apart([1.0, 2.0, 4.0, 5.0]), apart([11.0, 12.0, 14.0, 15.0])
    alone, same = stratified_mean([first]), mean(first)
    assert (alone.low, alone.high) == pytest.approx((same.low, same.high))
    both = stratified_mean([first, second])
    assert both.estimate == 8
    assert both.networks == 16
    one = stats.sem([1, 2, 4, 5]) / math.sqrt(2)
    half = stats.t.ppf(0.975, 6) * one
    assert (both.low, both.high) == pytest.approx((8 - half, 8 + half))
    constant = stratified_mean([apart([1.0, 1.0]), apart([5.0, 5.0, 5.0])])
    assert (constant.estimate, constant.n) == (3.4, 5)
    assert math.isnan(constant.low)
    unseen = stratified_mean([first, {("0", "1"): 1.0, ("0", "2"): 3.0, ("0", "3"): 2.0}])
    assert math.isnan(unseen.low), "one network in every pair shows no spread"


def test_a_median_has_its_range_of_five_networks_on_and_a_bootstrap_of_ten():
    few = median({(str(i),): v for i, v in enumerate((1.0, 5.0, 2.0, 8.0))})
    assert math.isnan(few.low)
    some = median({(str(i),): v for i, v in enumerate((1.0, 5.0, 2.0, 8.0, 3.0))})
    assert (some.estimate, some.low, some.high) == (3, 1, 8)
    values = np.random.default_rng(0).gamma(2.0, size=40)
    found = median({(str(i),): v for i, v in enumerate(values)})
    expected = stats.bootstrap((values,), np.median, method="percentile").confidence_interval
    assert found.estimate == pytest.approx(np.median(values))
    assert (found.low, found.high) == pytest.approx(
        (expected.low, expected.high), abs=0.2 * values.std()
    )
    pairs = median(crossed(np.random.default_rng(1).gamma(2.0, size=45)))
    assert pairs.networks == 10
    assert pairs.low < pairs.estimate < pairs.high
    assert pairs == median(crossed(np.random.default_rng(1).gamma(2.0, size=45)))


def test_a_difference_is_taken_over_the_pairs_that_both_have():
    names = [("0", "1"), ("2", "3"), ("4", "5"), ("6", "7"), ("8", "9")]
    ours: Sample = dict(zip(names, [1.0, 5.0, 9.0, 2.0, 4.0], strict=True))
    baseline: Sample = {**{k: v - 0.5 for k, v in list(ours.items())[1:]}, ("10", "11"): 100.0}
    found = paired(ours, baseline)
    assert list(found) == names[1:]
    assert set(found.values()) == {0.5}
    assert simultaneous({"": paired(ours, {})})[""].n == 0


def test_pairing_removes_what_the_pairs_share():
    shared = np.random.default_rng(1).normal(0, 10, size=20)
    ours = apart(shared - 1)
    baseline = apart([v + 0.1 * (i % 2) for i, v in enumerate(shared)])
    assert simultaneous({"": paired(ours, baseline)})[""].direction == "lower"
    assert mean(ours).low < mean(baseline).estimate < mean(ours).high


families = st.dictionaries(st.sampled_from("abcdefgh"), values_of_pairs, min_size=1)


@given(families)
@settings(max_examples=50)
def test_differences_are_resolved_as_holm_says(family):
    together = simultaneous({key: apart(values) for key, values in family.items()})
    compared = [key for key, found in together.items() if not math.isnan(found.low)]
    chances = {key: float(np.array(stats.ttest_1samp(family[key], 0))[1]) for key in compared}
    ordered = sorted(compared, key=lambda key: chances[key])
    adjusted = [
        max((len(ordered) - place) * chances[k] for place, k in enumerate(ordered[: last + 1]))
        for last in range(len(ordered))
    ]
    for key, chance in zip(ordered, adjusted, strict=True):
        if abs(chance - 0.05) > 1e-9:
            assert bool(together[key].direction) == (chance <= 0.05)
        alone = mean(apart(family[key]))
        assert together[key].low <= alone.low + 1e-9
        assert alone.high <= together[key].high + 1e-9
    if len(compared) == 1:
        alone = mean(apart(family[compared[0]]))
        assert together[compared[0]].low == pytest.approx(alone.low)


@given(families, st.randoms())
@settings(max_examples=25)
def test_the_order_of_the_comparisons_does_not_matter(family, random):
    keys = list(family)
    random.shuffle(keys)
    again = simultaneous({key: apart(family[key]) for key in keys})
    first = simultaneous({key: apart(values) for key, values in family.items()})
    assert {k: f.direction for k, f in again.items()} == {k: f.direction for k, f in first.items()}


def test_methods_that_do_what_the_baseline_does_are_seldom_called_better_or_worse():
    """8 methods, 5 networks, all pairs, every difference null: one false call in 5 % at most."""
    random, tries, called, uncorrected = np.random.default_rng(3), 300, 0, 0
    for _ in range(tries):
        found = random.normal(size=(8, 10)) - random.normal(size=10)
        own = random.normal(size=(8, 5))
        pairs = list(combinations(range(5), 2))
        found += [[each[i] + each[j] for i, j in pairs] for each in own]
        family = {k: crossed(values) for k, values in enumerate(found)}
        called += any(f.direction for f in simultaneous(family).values())
        uncorrected += any(mean(one).direction for one in family.values())
    assert called / tries < 0.05 + 2 * math.sqrt(0.05 * 0.95 / tries)
    assert uncorrected / tries > 0.1


def test_a_great_difference_on_ten_networks_is_resolved_beside_sixteen_methods():
    """As of weight matching against identity on MNIST: 1.17 nats where pairs vary by 0.15."""
    random = np.random.default_rng(0)
    family = {i: crossed(random.normal(0, 0.1, size=45)) for i in range(15)}
    family[15] = crossed(random.normal(-1.17, 0.15, size=45))
    assert simultaneous(family)[15].direction == "lower"


@pytest.mark.parametrize("values", [[0.1 + 0.2, 0.3, 0.3], [-2.0] * 5, [0.0] * 4, [1.0]])
def test_values_that_all_agree_tell_of_no_spread_and_are_no_comparison(values):
    other = apart([1.0, 1.1, 1.3, 1.2])
    found = simultaneous({"agree": apart(values), "other": other, "none": {}})
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
    lines = np.random.default_rng(2).uniform(size=(10, 25)) ** 0.2  # shares, many of them near 1
    pairs = list(crossed(lines[:, 0]))
    centre, low, high = band(lines, pairs, 1)
    assert high.max() == 1, "not one interval reached beyond what a share can be"
    for point in range(25):
        found = mean(dict(zip(pairs, lines[:, point].tolist(), strict=True))).within(0, 1)
        assert (centre[point], low[point], high[point]) == pytest.approx(
            (found.estimate, found.low, found.high)
        )


@pytest.mark.parametrize(
    "lines", [np.ones((1, 5)), np.arange(6.0).reshape(3, 2), np.array([[1.0, math.inf]] * 4)]
)
def test_few_lines_or_an_infinite_one_have_no_band(lines):
    _, low, high = band(lines, list(apart(lines[:, 0])), math.inf)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


@pytest.mark.parametrize(
    ("values", "direction"),
    [
        ((1.0, 1.1, 0.9, 1.2, 1.0), "higher"),
        ((-1.0, -1.1, -0.9, -1.2, -1.0), "lower"),
        ((1.0, -1.1, 0.9, -1.2, 1.5), ""),
        ((0.5, 0.7), ""),
        ((0.5, 0.5, 0.5), ""),
        ((0.1, 0.2, 0.3, math.nan, 0.2), ""),
        ((-0.5,) * 5, "lower"),
        ((0.0,) * 5, ""),
    ],
)
def test_a_mean_is_beyond_chance_by_its_interval_and_never_of_few_values(values, direction):
    sample = {(f"{2 * i}", f"{2 * i + 1}"): value for i, value in enumerate(values)}
    assert beyond_chance(sample) == direction
