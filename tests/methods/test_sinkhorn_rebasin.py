"""Sinkhorn Re-Basin: planted permutations, one answer by both derivatives, lower costs."""

import live_networks
import pytest
import torch
from torch.nn import functional as F

from basinbench.methods.base import Method, Problem
from basinbench.methods.baselines import Identity
from basinbench.methods.sinkhorn_rebasin import SinkhornRebasin
from basinbench.methods.weight_matching import WeightMatching, weight_objective


@pytest.mark.parametrize("name", ["mlp", "mlp-bn"])
def test_planted_permutation_is_recovered(name: str):
    net = live_networks.network(name, 1)
    other, planted = live_networks.shuffled(net)
    alignment = SinkhornRebasin().align(Problem((net, other)))
    assert alignment.maps[1] == {g: m.inverse() for g, m in planted.items()}
    assert alignment.stats["cost"] < 1e-3


@pytest.mark.parametrize("cost", ["weights", "midpoint"])
def test_both_derivatives_lead_to_one_answer(cost):
    problem = live_networks.problem("mlp")
    implicit, unrolled = (
        SinkhornRebasin(
            cost=cost, iterations=8, normalisations=60, noise=0.1, differentiation=how
        ).align(problem)
        for how in ("implicit", "unrolled")
    )
    assert implicit.maps == unrolled.maps
    assert implicit.stats["cost"] == pytest.approx(unrolled.stats["cost"], rel=1e-6)


def test_weights_come_nearly_as_near_as_by_weight_matching():
    problem = live_networks.problem("mlp-bn")
    a, b = problem.networks
    moved = b.symmetry.transport(b.weights, SinkhornRebasin().align(problem).maps[1])
    matched = WeightMatching().align(problem).stats["objective"]
    assert weight_objective(a.weights, moved) > 0.95 * matched
    assert weight_objective(a.weights, b.weights) < 0.8 * matched


@pytest.mark.parametrize("cost", ["midpoint", "random"])
def test_the_loss_of_the_merge_falls(cost):
    problem = live_networks.problem("mlp")
    learned = SinkhornRebasin(cost=cost, iterations=40, batch=192)
    assert midpoint_loss(problem, learned) < midpoint_loss(problem, Identity())


def test_costs_on_data_need_data_and_take_batch_norms():
    without = Problem(live_networks.problem("mlp").networks)
    assert SinkhornRebasin(cost="midpoint").skip(without)
    assert SinkhornRebasin().skip(without) is None
    problem = live_networks.problem("vgg-bn")
    assert SinkhornRebasin(cost="random", iterations=2, batch=32).align(problem).is_permutation


def test_the_stats_tell_how_far_sinkhorn_has_converged():
    problem = live_networks.problem("mlp")
    rough, smooth = (
        SinkhornRebasin(iterations=2, noise=0.5, temperature=0.1, normalisations=n).align(problem)
        for n in (1, 3000)
    )
    assert rough.stats["sinkhorn_error"] > 1e-2
    assert not rough.stats["converged"]
    assert smooth.stats["sinkhorn_error"] < 1e-3
    assert smooth.stats["converged"]


def midpoint_loss(problem: Problem, method: Method) -> float:
    merged = method.merge(problem, method.align(problem), [0.5, 0.5])
    x, y = problem.training_data[torch.arange(len(problem.training_data))]
    return float(F.cross_entropy(problem.networks[0](x, merged), y))
