"""Activation matching: its statistics, its symmetries, and its equality with optimal transport."""

from itertools import product

import live_networks
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from basinbench.methods.activation_matching import ActivationMatching, collect
from basinbench.methods.base import Problem
from basinbench.methods.matching.activation_statistics import PairMoments, Similarity
from basinbench.methods.matching.assignment import assign
from basinbench.methods.otfusion import OTFusionActivations
from basinbench.methods.symmetry.axes import When
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.symmetry.reorderings import after

every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)
STATISTICS: tuple[Similarity, ...] = ("inner", "centred", "pearson")
MOMENTS: tuple[When, ...] = ("before", "after")


@every_network
def test_no_unit_of_the_zoo_is_dead(name: str):
    """Dead units tie, and a law about indices would say nothing."""
    for seed, when in product((1, 2), MOMENTS):
        net = live_networks.network(name, seed)
        seen = net.symmetry.activations(net.params, live_networks.samples()[:][0], when)
        for group, values in seen.items():
            assert values.std(1).min() > 1e-6, (seed, when, group)


@every_network
def test_planted_permutation_is_recovered(name: str):
    net = live_networks.network(name, 1)
    other, planted = live_networks.shuffled(net)
    for when, statistic in product(MOMENTS, STATISTICS):
        method = ActivationMatching(when, statistic)
        maps = method.align(Problem((net, other), live_networks.samples())).maps[1]
        assert maps == {g: m.inverse() for g, m in planted.items()}, method


@every_network
def test_matching_backwards_is_the_inverse(name: str):
    a, b = live_networks.network(name, 1), live_networks.network(name, 2)
    for statistic in STATISTICS:
        method = ActivationMatching(statistic=statistic)
        there = method.align(Problem((a, b), live_networks.samples())).maps[1]
        back = method.align(Problem((b, a), live_networks.samples())).maps[1]
        assert there == {g: inverse(m) for g, m in back.items()}, method


@every_network
def test_numbering_of_the_second_network_does_not_matter(name: str):
    a, b = live_networks.network(name, 1), live_networks.network(name, 2)
    renumbered, planted = live_networks.shuffled(b)
    plain = ActivationMatching().align(Problem((a, b), live_networks.samples())).maps[1]
    other = ActivationMatching().align(Problem((a, renumbered), live_networks.samples())).maps[1]
    for group, map in plain.items():
        assert isinstance(map, Permutation)
        assert other[group] == after(map, planted[group].inverse())


@every_network
def test_is_optimal_transport_on_squared_distances(name: str):
    """Both optima are unique here; the costs differ by a constant (claims Q1 and Q2)."""
    problem = live_networks.problem(name)
    for when in MOMENTS:
        transport = OTFusionActivations(squared=True, when=when, samples=None)
        matched = ActivationMatching(when).align(problem).maps[1]
        assert matched == transport.align(problem).maps[1], when


@every_network
def test_pearson_is_optimal_transport_on_standardised_activations(name: str):
    a, b = live_networks.network(name, 1), live_networks.network(name, 2)
    matched = ActivationMatching(statistic="pearson").align(
        Problem((a, b), live_networks.samples())
    )
    x = live_networks.samples()[:][0]
    for group, map in matched.maps[1].items():
        z_a, z_b = (
            standardised(n.symmetry.activations(n.params, x, "after")[group]) for n in (a, b)
        )
        assert map == OTFusionActivations(squared=True).match(z_a, z_b)


@every_network
def test_batches_do_not_matter(name: str):
    a, b = live_networks.network(name, 1), live_networks.network(name, 2)
    whole, parts, few = PairMoments(), PairMoments(), PairMoments(inner_only=True)
    for moments, size in ((whole, 1000), (parts, 7), (few, 1000)):
        collect(moments, a, b, live_networks.samples(), "after", size)
    for group in whole.groups():
        for statistic in ("inner", "centred", "pearson"):
            torch.testing.assert_close(
                parts.similarity(group, statistic),
                whole.similarity(group, statistic),
                rtol=1e-10,
                atol=1e-10,
            )
        assert few.similarity(group, "inner").equal(whole.similarity(group, "inner"))


@settings(max_examples=50)
@given(st.integers(2, 12), st.integers(2, 40), st.integers(0, 2**31))
def test_moments_are_those_of_the_definition(units: int, count: int, seed: int):
    a, b = activations(units, count, seed), activations(units, count, seed + 1)
    moments = PairMoments()
    moments.add({"g": a}, {"g": b})
    centred_a, centred_b = (x - x.mean(1, keepdim=True) for x in (a, b))
    covariance = centred_a @ centred_b.T / count
    torch.testing.assert_close(moments.similarity("g", "inner"), a @ b.T / count)
    torch.testing.assert_close(moments.similarity("g", "centred"), covariance)
    torch.testing.assert_close(
        moments.similarity("g", "pearson"), torch.corrcoef(torch.cat([a, b]))[:units, units:]
    )


@settings(max_examples=50)
@given(st.floats(0.01, 100), st.integers(0, 2**31))
def test_only_pearson_ignores_the_scale_of_a_unit(scale: float, seed: int):
    a, b = activations(6, 30, seed), activations(6, 30, seed + 1)
    scales = torch.ones(6, 1, dtype=torch.float64)
    scales[2] = scale
    one, other = PairMoments(), PairMoments()
    one.add({"g": a}, {"g": b})
    other.add({"g": a * scales}, {"g": b})
    pearson = (m.similarity("g", "pearson") for m in (one, other))
    torch.testing.assert_close(*pearson)
    torch.testing.assert_close(
        other.similarity("g", "inner"), one.similarity("g", "inner") * scales
    )


def test_dead_units_correlate_with_nothing():
    a = activations(5, 20, 0)
    a[3] = 0
    moments = PairMoments()
    moments.add({"g": a}, {"g": activations(5, 20, 1)})
    pearson = moments.similarity("g", "pearson")
    assert torch.equal(pearson[3], torch.zeros(5, dtype=torch.float64))
    assert torch.isfinite(pearson).all()
    assert assign(pearson).sort().values.tolist() == list(range(5))


def test_float32_sums_lose_what_float64_keeps():
    """Why sums are kept in float64: with a large mean, float32 covariances are noise."""
    a = 1e4 + activations(6, 4000, 0)
    b = 1e4 + activations(6, 4000, 1)
    exact = torch.corrcoef(torch.cat([a, b]))[:6, 6:]
    errors = []
    for dtype in (torch.float32, torch.float64):
        moments = PairMoments(dtype)
        for batch in range(0, 4000, 100):
            moments.add({"g": a[:, batch : batch + 100]}, {"g": b[:, batch : batch + 100]})
        errors.append((moments.similarity("g", "pearson") - exact).abs().max())
    assert errors[1] < 1e-5
    assert errors[0] > 0.01


def test_without_data_it_says_so():
    assert (
        ActivationMatching().skip(Problem((live_networks.network("mlp", 1),) * 2))
        == "needs training data"
    )


def activations(units: int, count: int, seed: int) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(units, count, generator=draw, dtype=torch.float64)


def standardised(x: Tensor) -> Tensor:
    return (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True, correction=0)


def inverse(map: object) -> Permutation:
    assert isinstance(map, Permutation)
    return map.inverse()
