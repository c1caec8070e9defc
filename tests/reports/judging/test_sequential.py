"""Sequential looks: at each the networks of that look alone, at the level that it may spend."""

from dataclasses import replace

import numpy as np
import pytest
from crossed_rows import VALUE, cells_of, crossed_pairs, crossed_results, joined
from scipy import stats

from basinbench.reports.judging.claim import Claim, Looks, Prediction, at_most
from basinbench.reports.judging.observed import Observed
from basinbench.reports.judging.sequential import open_claims
from basinbench.reports.judging.statistics import Greatest, Mean
from basinbench.reports.judging.verdicts import find

LOOKS = Looks((5, 8), (0.03, 0.02))
NUMBER = Mean(VALUE, cells_of("one"))
LOOKED_AT = Claim(
    "G1", "somebody", "Something.", (Prediction("a number", NUMBER, at_most(1)),), looks=LOOKS
)


def noise(networks: int, around: float, spread: float):
    values = np.random.default_rng(0).normal(around, spread, size=len(crossed_pairs(networks)))
    return crossed_results(values, networks)


def test_a_decided_claim_stays_at_the_look_that_decided_it():
    found = find(LOOKED_AT, noise(8, 0, 0.1))
    assert found.verdict == "supported"
    assert found.look is not None
    assert (found.look.number, found.look.networks, found.look.next) == (1, 5, None)
    assert (found.evidence[0].found.networks, found.evidence[0].found.n) == (5, 10)
    assert found.evidence[0].found.level == pytest.approx(1 - 2 * 0.03)
    assert open_claims([found]) == ()
    assert str(found.look) == "look 1 of 2, 5 networks"


def test_an_open_claim_goes_on_and_is_out_of_looks_after_the_last():
    first = find(LOOKED_AT, noise(6, 1, 0.5))
    assert first.verdict == "undecided"
    assert first.look is not None
    assert (first.look.networks, first.look.next) == (5, 8)
    assert first.evidence[0].found.networks == 5, "the sixth network waits for its look"
    assert open_claims([first]) == (first,)
    last = find(LOOKED_AT, noise(8, 1, 0.5))
    assert last.verdict == "undecided"
    assert last.look is not None
    assert (last.look.number, last.look.next, last.look.wrong) == (2, None, 0.02)
    assert last.evidence[0].found.level == pytest.approx(1 - 2 * 0.02)
    assert open_claims([last]) == ()


@pytest.mark.parametrize("around", [0, 9])
def test_before_the_first_look_nothing_is_decided(around: float):
    found = find(LOOKED_AT, noise(4, around, 0.1))
    assert found.verdict == "undecided"
    assert [e.outcome for e in found.evidence] == ["open"]
    assert found.look is not None
    assert (found.look.number, found.look.networks, found.look.next) == (0, 4, 5)
    nothing = find(LOOKED_AT, {})
    assert nothing.verdict == "not yet measured"
    assert open_claims([found, nothing]) == (found, nothing)


def test_a_claim_waits_for_the_prediction_with_fewest_networks():
    slow = Prediction("slow", Mean(VALUE, cells_of("two")), at_most(1))
    both = replace(LOOKED_AT, predictions=(*LOOKED_AT.predictions, slow))
    results = joined(noise(8, 1, 0.5), crossed_results([0.0] * 10, 5, "two"))
    found = find(both, results)
    assert found.look is not None
    assert (found.look.networks, found.look.next) == (5, 8)


def test_what_depends_on_no_network_needs_no_look():
    law = Prediction("worst", Greatest(VALUE, cells_of("one")), at_most(1))
    found = find(replace(LOOKED_AT, predictions=(law,)), noise(4, 0, 0.1))
    assert (found.verdict, found.look) == ("supported", None)


def test_a_look_is_stricter_than_the_whole_error_and_so_is_its_bound():
    results = noise(5, 0, 0.3)
    plain, looked = (find(c, results) for c in (replace(LOOKED_AT, looks=None), LOOKED_AT))
    halves = [f.evidence[0].found.high - f.evidence[0].found.estimate for f in (looked, plain)]
    assert halves[0] / halves[1] == pytest.approx(stats.t.ppf(0.97, 4) / stats.t.ppf(0.95, 4))


def test_the_first_networks_are_those_of_the_lowest_seeds_on_both_sides():
    seeds = [(f"{i}a", f"{j}b") for i in range(10) for j in range(10, 20)]
    found = Observed.of((pair, 0.0) for pair in seeds).first(8)
    assert len(found.networks) == 16
    assert {a for a, _ in found.networks} == {"0a", "1a", "2a", "3a"}
    assert {b for _, b in found.networks} == {"10b", "11b", "12b", "13b"}
    shared = Observed.of(((str(i), str(i + 1)), 0.0) for i in range(11)).first(10)
    assert ("9", "10") not in shared.networks
    assert len(shared.networks) == 9


@pytest.mark.parametrize(
    ("networks", "spending", "words"),
    [
        ((5, 10), (0.05,), "one part of the error"),
        ((), (), "one part of the error"),
        ((10, 5), (0.02, 0.02), "more and more networks"),
        ((5, 10), (0.03, 0.03), "may spend 0.05 in all, not 0.06"),
        ((5, 10), (0.05, 0.0), "may spend"),
    ],
)
def test_looks_that_do_not_keep_the_error_cannot_be_made(networks, spending, words: str):
    with pytest.raises(ValueError, match=words):
        Looks(networks, spending)
    assert sum(Looks().spending) == pytest.approx(0.05)
