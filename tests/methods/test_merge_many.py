"""MergeMany: weight matching for two, descent for many, planted permutations of copies."""

from itertools import pairwise

import live_networks
import pytest
import torch

from basinbench.methods.base import Problem, transported
from basinbench.methods.matching.common_basis import first_stays
from basinbench.methods.merge_many import MergeMany, squared_distance
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.symmetry.reorderings import after
from basinbench.methods.weight_matching import WeightMatching, match_weights

every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)


@pytest.mark.parametrize("name", ["mlp", "mlp-bn", "vgg-bn", "resnet-ln"])
def test_two_networks_are_weight_matching(name: str):
    problem = live_networks.problem(name, seed=4)
    found = MergeMany(precision="float64").align(problem)
    assert found.maps == WeightMatching(precision="float64").align(problem).maps


def test_two_networks_alternate_between_short_matchings():
    """With one sweep a turn the networks move alternately, each matched from where it stands."""
    problem = live_networks.problem("vgg-bn")
    found = MergeMany(sweeps=1, order="forward", precision="float64").align(problem)
    symmetry = problem.networks[0].symmetry.only(problem.networks[0].weights)
    placed = [net.weights for net in problem.networks]
    turns, moves, quiet = problem.generator(), 0, 0
    while quiet < 2:
        for i in torch.randperm(2, generator=turns).tolist():
            maps = match_weights(
                symmetry,
                placed[1 - i],
                placed[i],
                torch.Generator(),
                order="forward",
                sweeps=1,
                dtype=torch.float64,
            ).maps
            still = all(m == Permutation.identity(m.units) for m in maps.values())
            quiet = quiet + 1 if still else 0
            moves += not still
            placed[i] = symmetry.transport(placed[i], maps)
    assert moves > 2, "the first matchings left nothing to alternate about"
    assert found.stats["accepted"] == moves
    assert found.stats["squared_distance"] == pytest.approx(squared_distance(placed), rel=1e-12)


@pytest.mark.parametrize("name", ["mlp", "mlp-bn", "resnet-ln"])
def test_distance_to_the_mean_never_rises(name: str):
    """Turns of one sweep in rounds: every further round is seen in the distance."""
    problem = live_networks.problem(name, (1, 2, 3, 4))
    distances = [squared_distance([net.weights for net in problem.networks])]
    for rounds in range(1, 4):
        found = MergeMany(rounds=rounds, sweeps=1).align(problem)
        distances.append(found.stats["squared_distance"])
    assert all(later <= earlier * (1 + 1e-12) for earlier, later in pairwise(distances))
    assert distances[2] < distances[1] < distances[0]


@every_network
def test_copies_are_brought_together_again(name: str):
    net = live_networks.network(name, 2)
    copies = [live_networks.shuffled(net, seed) for seed in (1, 2, 3)]
    problem = Problem((net, *(copy for copy, _ in copies)))
    method = MergeMany(order="widest")
    alignment = method.align(problem)
    for found, (_, planted) in zip(alignment.maps[1:], copies, strict=True):
        assert found == {g: m.inverse() for g, m in planted.items()}
    merged = method.merge(problem, alignment, [0.25] * 4)
    for key, value in net.params.items():
        torch.testing.assert_close(merged[key], value)


def test_the_basis_of_the_first_keeps_who_meets_whom():
    problem = live_networks.problem("mlp", (1, 2, 3))
    method = MergeMany()
    alignment = method.align(problem)
    moved = transported(problem, alignment)
    assert squared_distance(moved) == pytest.approx(alignment.stats["squared_distance"], rel=1e-12)
    turned = [{"g": Permutation(torch.randperm(6))} for _ in range(3)]
    first, second, third = first_stays(turned)
    assert first == {}
    met = after(second["g"].inverse(), third["g"])
    assert met == turned[1]["g"].inverse().after(turned[2]["g"])
