"""Standard errors clustered by network: exact where theory is, and covering as they say."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from basinbench.reports.data.clustered import Networks, design, estimate, networks_of
from basinbench.reports.data.statistics import LEVEL, mean


def crossed(n: int) -> list[Networks]:
    return [(str(i), str(j)) for i, j in combinations(range(n), 2)]


def disjoint(pairs: int) -> list[Networks]:
    return [(str(2 * i), str(2 * i + 1)) for i in range(pairs)]


@pytest.mark.parametrize("pairs", [2, 3, 5, 12])
def test_disjoint_pairs_have_the_ordinary_t_interval(pairs: int):
    values = np.random.default_rng(pairs).normal(size=pairs)
    found = estimate(disjoint(pairs), values)
    assert found is not None
    expected = stats.ttest_1samp(values, 0)
    own = expected.confidence_interval(LEVEL)
    assert found.freedom == pytest.approx(pairs - 1)
    assert found.ends(LEVEL) == pytest.approx((own.low, own.high))
    assert found.chance() == pytest.approx(expected[1])
    assert found.chance(0.3) == pytest.approx(stats.ttest_1samp(values, 0.3)[1])


@pytest.mark.parametrize("n", [3, 5, 10])
def test_single_networks_have_the_ordinary_t_interval(n: int):
    values = np.random.default_rng(n).normal(size=n)
    found = estimate([(str(i),) for i in range(n)], values)
    own = stats.ttest_1samp(values, 0).confidence_interval(LEVEL)
    assert found is not None
    assert found.ends(LEVEL) == pytest.approx((own.low, own.high))


@pytest.mark.parametrize("n", [3, 5, 10])
def test_all_pairs_have_the_error_of_the_mean_of_their_networks(n: int):
    """Where a pair is the sum of its networks, all pairs know no more than these do."""
    own = np.random.default_rng(n).normal(size=n)
    found = estimate(crossed(n), [own[int(a)] + own[int(b)] for a, b in crossed(n)])
    assert found is not None
    assert found.error == pytest.approx(2 * own.std(ddof=1) / np.sqrt(n))
    assert found.freedom == pytest.approx(n - 1)


def test_pairs_that_share_networks_tell_less_than_as_many_of_their_own():
    own = np.random.default_rng(1).normal(size=10)
    values = [own[int(a)] + own[int(b)] for a, b in crossed(10)]
    shared, apart = estimate(crossed(10), values), estimate(disjoint(45), values)
    assert shared is not None
    assert apart is not None
    assert shared.error > 2 * apart.error


@pytest.mark.parametrize(
    "networks",
    [
        [("0", "1")],
        [("0", "1"), ("0", "1")],
        [("0",), ("1",)],
        [("0", "1"), ("0", "2"), ("0", "3"), ("0", "4")],
        [("0", "1", "2", "3", "4")],
    ],
    ids=["one pair", "one pair twice", "two networks", "one network in all", "one set"],
)
def test_what_shows_no_spread_of_networks_has_no_error(networks: list[Networks]):
    assert design(tuple(networks)) is None
    assert estimate(networks, [float(i) for i in range(len(networks))]) is None


@pytest.mark.parametrize("values", [[0.3, 0.3, 0.1 + 0.2], [0.0] * 3, [1e6, 1e6, 1e6 + 1e-5]])
def test_values_that_agree_but_for_rounding_have_no_error(values: list[float]):
    assert estimate(crossed(3), values) is None


def test_the_order_and_the_names_of_networks_do_not_matter():
    networks, values = crossed(6), list(np.random.default_rng(2).normal(size=15))
    first = estimate(networks, values)
    again = estimate([(f"{b}x", f"{a}x") for a, b in networks[::-1]], values[::-1])
    assert first is not None
    assert again is not None
    assert (again.mean, again.error) == pytest.approx((first.mean, first.error))


@pytest.mark.parametrize(
    ("facts", "networks"),
    [
        ({"split": "shared", "seeds": "0-1"}, ("0", "1")),
        ({"split": "", "seeds": "3"}, ("3",)),
        ({"split": "shared", "seeds": "0-1-2-3-10"}, ("0", "1", "2", "3", "10")),
        ({"split": "biased", "seeds": "0-1"}, ("0a", "1b")),
        ({"split": "shared", "recipe_params": '[{"epochs":8},{}]', "seeds": "0-0"}, ("0a", "0b")),
        ({"split": "shared", "network_params": '[{"width":1},{}]', "seeds": "0-1"}, ("0a", "1b")),
        ({"split": "shared", "network_params": '{"width":1}', "seeds": "0-0"}, ("0",)),
    ],
)
def test_a_network_is_its_seed_and_its_place_where_places_differ(facts: dict, networks: Networks):
    assert networks_of(facts) == networks


@pytest.mark.parametrize("share", [0.0, 0.2, 0.3])
def test_intervals_of_all_pairs_hold_the_true_mean_at_least_as_often_as_they_say(share: float):
    networks, random = crossed(6), np.random.default_rng(0)
    made = design(tuple(networks))
    assert made is not None
    member = np.array([[str(i) in pair for i in range(6)] for pair in networks], dtype=float)
    values = np.sqrt(share) * member @ random.normal(size=(6, 3000))
    values += np.sqrt(1 - 2 * share) * random.normal(size=values.shape)
    half = stats.t.ppf(0.975, made.freedom) * made.errors(values)
    assert np.mean(np.abs(values.mean(axis=0)) <= half) > 0.94
    ordinary = stats.t.ppf(0.975, 14) * values.std(axis=0, ddof=1) / np.sqrt(15)
    if share:
        assert np.mean(np.abs(values.mean(axis=0)) <= ordinary) < 0.91, (
            "pairs taken for independent"
        )


def test_an_interval_is_the_same_on_machines_that_sum_in_another_order():
    """The last digits of a sum are those of its order, which processors choose."""
    sample = list(zip(crossed(10), np.random.default_rng(0).normal(size=45), strict=True))
    orders = [np.random.default_rng(seed).permutation(45) for seed in range(20)]
    assert len({float(np.sum([sample[i][1] for i in order])) for order in orders}) > 1
    assert len({mean(dict(sample[i] for i in order)) for order in orders}) == 1
