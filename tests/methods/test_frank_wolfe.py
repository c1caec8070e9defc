"""Frank-Wolfe matching: ascent by the best step, planted permutations, consistent cycles."""

from itertools import combinations, pairwise

import live_networks
import numpy as np
import pytest
import torch

from basinbench.methods.base import Problem, transported
from basinbench.methods.frank_wolfe import FrankWolfe, FrankWolfeStart, Universe
from basinbench.methods.symmetry.maps import Linear, Permutation
from basinbench.methods.weight_matching import weight_objective

every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)
every_start = pytest.mark.parametrize("start", ["identity", "barycentre", "random"])


def universe(name: str, seeds: tuple[int, ...], start: FrankWolfeStart = "random") -> Universe:
    problem = live_networks.problem(name, seeds)
    net = problem.networks[0]
    weights = [n.weights for n in problem.networks]
    return Universe(net.symmetry.only(net.weights), weights, FrankWolfe(start)._start(problem))


@pytest.mark.parametrize("seeds", [(1, 2), (1, 2, 3)])
@pytest.mark.parametrize("name", ["mlp", "mlp-bn", "resnet-ln"])
def test_the_relaxed_objective_never_falls(name: str, seeds: tuple[int, ...]):
    climber = universe(name, seeds)
    reached = [climber.objective]
    for _ in range(5):
        climber.climb()
        reached.append(climber.objective)
    assert all(later >= earlier * (1 - 1e-12) for earlier, later in pairwise(reached))
    assert reached[-1] > reached[0]


@pytest.mark.parametrize("seeds", [(1, 2), (1, 2, 3)])
def test_no_step_is_better_than_the_one_taken(seeds: tuple[int, ...]):
    problem = live_networks.problem("mlp", seeds)
    symmetry = problem.networks[0].symmetry.only(problem.networks[0].weights)
    weights = [net.weights for net in problem.networks]
    climber = Universe(symmetry, weights, FrankWolfe("random")._start(problem))
    climber.climb()
    for _ in range(4):
        here = climber._maps
        corners = climber._corners()[0]
        best = max(
            Universe(
                symmetry, weights, [mixed(m, c, t) for m, c in zip(here, corners, strict=True)]
            ).objective
            for t in np.linspace(0, 1, 41)
        )
        climber.climb()
        assert climber.objective >= best * (1 - 1e-9)
        taken = Universe(symmetry, weights, climber._maps).objective
        assert climber.objective == pytest.approx(taken, rel=1e-9)


def test_the_gap_is_the_slope_of_the_objective():
    problem = live_networks.problem("mlp", (1, 2, 3))
    symmetry = problem.networks[0].symmetry.only(problem.networks[0].weights)
    weights = [net.weights for net in problem.networks]
    maps = FrankWolfe("random")._start(problem)
    climber = Universe(symmetry, weights, maps)
    corners, gap = climber._corners()
    before, after = (
        Universe(symmetry, weights, [mixed(m, c, t) for m, c in zip(maps, corners, strict=True)])
        for t in (0.0, 1e-6)
    )
    assert (after.objective - before.objective) / 1e-6 == pytest.approx(gap, rel=1e-4)


@every_start
def test_planted_permutation_is_recovered(start: FrankWolfeStart):
    for name in ("mlp", "mlp-bn", "resnet-ln"):
        net = live_networks.network(name, 1)
        other, planted = live_networks.shuffled(net)
        alignment = FrankWolfe(start, iterations=30).align(Problem((net, other)))
        assert alignment.maps[1] == {g: m.inverse() for g, m in planted.items()}, name


@every_start
def test_copies_gain_from_meeting(start: FrankWolfeStart):
    """All copies in one order is the best there is; the search comes at least half-way there."""
    net = live_networks.network("mlp-bn", 1)
    copies = [live_networks.shuffled(net, seed)[0] for seed in (1, 2)]
    found = FrankWolfe(start).align(Problem((net, *copies))).stats["objective"]
    best = 3 * weight_objective(net.weights, net.weights)
    apart = sum(weight_objective(a.weights, b.weights) for a, b in combinations((net, *copies), 2))
    assert found - apart > (best - apart) / 2


@every_start
def test_never_worse_than_where_it_began(start: FrankWolfeStart):
    for count in (2, 3):
        problem = live_networks.problem("mlp-bn", tuple(range(1, count + 1)))
        method = FrankWolfe(start)
        found = method.align(problem)
        moved = transported(problem, found)
        names = problem.networks[0].weights
        objective = sum(
            weight_objective({n: a[n] for n in names}, b) for a, b in combinations(moved, 2)
        )
        assert found.stats["objective"] == pytest.approx(objective, rel=1e-9)
        begun = FrankWolfe(start, iterations=0).align(problem).stats["objective"]
        assert objective >= begun
        assert found.stats["converged"]


def test_many_networks_meet_in_one_basis_and_pairs_do_not():
    """Three pairwise matchings around a cycle are no identity; maps to one basis are."""
    nets = live_networks.problem("mlp", (1, 2, 3)).networks
    method = FrankWolfe()
    pairs = [method.align(Problem((nets[i], nets[j]))).maps[1] for i, j in ((0, 1), (1, 2), (2, 0))]
    assert not is_identity(around(pairs))
    _, second, third = method.align(Problem(nets)).maps
    first = {g: Permutation.identity(m.units) for g, m in second.items()}
    to_basis = [first, second, third]
    pairs = [
        {g: to_basis[i][g].inverse().after(to_basis[j][g]) for g in first}
        for i, j in ((0, 1), (1, 2), (2, 0))
    ]
    assert is_identity(around(pairs))


def around(pairs):
    a, b, c = pairs
    return {g: a[g].after(b[g].after(c[g])) for g in a}


def is_identity(maps) -> bool:
    return all(m == Permutation.identity(m.units) for m in maps.values())


def mixed(here, there, step):
    return {
        g: Linear(m, m.T)
        for g, m in ((g, torch.lerp(matrix(here[g]), matrix(there[g]), step)) for g in here)
    }


def matrix(map):
    return map.into if isinstance(map, Linear) else torch.eye(map.units).double()[map.index]
