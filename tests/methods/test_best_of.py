"""The best of several starts: never below any of them, and exact where weight matching may fail."""

from itertools import pairwise

import live_networks
import pytest
import torch

from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Problem
from basinbench.methods.best_of import BestOf
from basinbench.methods.weight_matching import WeightMatching, match_weights, weight_objective
from basinbench.runners.keys import label_of

every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)


@every_network
def test_dominates_each_of_its_starts(name: str):
    problem = live_networks.problem(name)
    best = live_networks.alignment(BestOf(), name).stats
    singles = {
        label_of(method): method.align(problem).stats["objective"]
        for method in (
            WeightMatching(),
            WeightMatching(order="widest"),
            WeightMatching(order="forward"),
            WeightMatching(start="greedy", order="widest"),
        )
    }
    singles["activations"] = from_activations(problem, 500)
    assert best["starts"] == len(singles) + 2
    assert best["objective"] >= max(singles.values())
    assert best["objective_min"] <= min(singles.values())
    assert best["objective_std"] > 0


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
    assert BestOf().align(Problem((net, live_networks.network("mlp", 2)))).stats["starts"] == 6


def test_more_restarts_are_never_worse():
    for name in ("mlp", "resnet-bn"):
        problem = live_networks.problem(name)
        runs = [BestOf(restarts=k, samples=0).align(problem).stats for k in range(5)]
        assert [stats["starts"] for stats in runs] == [4, 5, 6, 7, 8]
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


def from_activations(problem: Problem, samples: int) -> float:
    first, second = problem.networks
    start = ActivationMatching(samples=samples).align(problem).maps[1]
    return match_weights(
        first.symmetry.only(first.weights),
        first.weights,
        second.weights,
        torch.Generator(),
        start=start,  # type: ignore[arg-type]
        order="widest",
    ).objective
