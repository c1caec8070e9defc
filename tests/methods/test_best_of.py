"""The best of several starts: never below any of them, and exact where weight matching may fail."""

from collections.abc import Mapping
from itertools import pairwise
from typing import get_args

import live_networks
import pytest
import torch

from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Problem
from basinbench.methods.best_of import BestOf
from basinbench.methods.frank_wolfe import FrankWolfe
from basinbench.methods.matching.weights.sorted_weights import match_sorted
from basinbench.methods.symmetry.maps import Map
from basinbench.methods.weight_matching import (
    Order,
    Start,
    WeightMatching,
    match_weights,
    weight_objective,
)
from basinbench.runners.keys import label_of

every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)


SINGLES = tuple(
    WeightMatching(start=start, order=order)
    for start in get_args(Start)
    for order in get_args(Order)
)
"""Weight matching from every start in every order."""


@pytest.mark.parametrize("name", [*live_networks.ARCHITECTURES, *live_networks.NESTED])
def test_dominates_each_of_its_starts(name: str):
    problem = live_networks.problem(name)
    best = live_networks.alignment(BestOf(), name).stats
    first, second = (network.weights for network in problem.networks)
    symmetry = problem.networks[0].symmetry.only(first)
    starts = {
        "activations": ActivationMatching(samples=500).align(problem).maps[1],
        "sorted": match_sorted(symmetry, first, second),
        "relaxed": FrankWolfe("barycentre", 20).align(problem).maps[1],
    }
    singles = {label_of(one): one.align(problem).stats["objective"] for one in SINGLES}
    singles |= {about: ascent(problem, start) for about, start in starts.items()}
    assert best["starts"] == len(singles) + 2
    assert best["objective"] >= max(singles.values())
    assert best["objective_min"] <= min(singles.values())
    assert best["objective_std"] > 0


def test_holds_the_very_ascents_of_weight_matching():
    """Though the network before is a planted one: orders for the next are drawn after all of its.

    Their maps, and not only the objective, which other starts may reach as well.
    """
    net = live_networks.network("mlp", 1)
    for seed in range(4):
        planted, _ = live_networks.shuffled(net, seed)
        networks = (net, planted, live_networks.network("mlp", 2 + seed))
        problem = Problem(networks, seed=seed)
        tried = BestOf(restarts=0, samples=0, relaxed=0).tried(problem)
        for one in SINGLES:
            for maps, matches in zip(one.align(problem).maps[1:], tried, strict=True):
                assert any(match.maps == maps for match in matches)


@every_network
def test_objective_is_that_of_its_maps(name: str):
    first, second = live_networks.problem(name).networks
    found = live_networks.alignment(BestOf(), name)
    moved = second.symmetry.transport(second.weights, found.maps[1])
    assert weight_objective(first.weights, moved) == pytest.approx(
        found.stats["objective"], rel=1e-12
    )


@every_network
def test_planted_permutation_is_recovered(name: str):
    for seed in range(8 if name.startswith("resnet") else 2):
        net = live_networks.network(name, seed)
        other, planted = live_networks.shuffled(net, seed)
        found = BestOf().align(Problem((net, other), seed=seed))
        assert found.maps[1] == {g: m.inverse() for g, m in planted.items()}


def test_stops_at_the_bound_and_only_there():
    net = live_networks.network("mlp", 1)
    other, _ = live_networks.shuffled(net)
    assert BestOf().align(Problem((net, other))).stats["starts"] == 1
    assert BestOf().align(Problem((net, live_networks.network("mlp", 2)))).stats["starts"] == 10


def test_more_restarts_are_never_worse():
    for name in ("mlp", "resnet-bn"):
        problem = live_networks.problem(name)
        runs = [BestOf(restarts=k, samples=0).align(problem).stats for k in range(5)]
        assert [stats["starts"] for stats in runs] == [8, 9, 10, 11, 12]
        assert all(b["objective"] >= a["objective"] for a, b in pairwise(runs))
        assert all(b["objective_min"] <= a["objective_min"] for a, b in pairwise(runs))


def test_each_network_is_matched_no_worse_than_by_weight_matching():
    problem = live_networks.problem("mlp", (1, 2, 3))
    best, single = BestOf().align(problem), WeightMatching().align(problem)
    first = problem.networks[0]
    for net, ours, theirs in zip(problem.networks[1:], best.maps[1:], single.maps[1:], strict=True):
        reached = [
            weight_objective(first.weights, net.symmetry.transport(net.weights, maps))
            for maps in (ours, theirs)
        ]
        assert reached[0] >= reached[1]


def ascent(problem: Problem, start: Mapping[str, Map]) -> float:
    first, second = (network.weights for network in problem.networks)
    symmetry = problem.networks[0].symmetry.only(first)
    return match_weights(
        symmetry,
        first,
        second,
        torch.Generator(),
        start=start,  # type: ignore[arg-type]
        order="widest",
    ).objective
