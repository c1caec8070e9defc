"""A group on both axes of a tensor: its objective is exact, its plantings are found."""

from itertools import permutations

import pytest
import torch

from basinbench.methods.matching.weights.squared_group import SquaredGroup
from basinbench.methods.symmetry.axes import Axis, Factor, Params, Symmetry
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.weight_matching import match_weights, weight_objective


def recurrent(units: int, inputs: int, gates: int) -> Symmetry:
    """The tensors of one recurrent layer and its read-out."""
    still = Axis(((Factor(inputs),),), reads=True)
    unit = Axis(((Factor(units, "h"),),), reads=True)
    blocks = Axis(((Factor(units, "h"),),) * gates)
    return Symmetry({"in": (blocks, still), "rec": (blocks, unit), "out": (still, unit)})


def drawn(symmetry: Symmetry, seed: int) -> Params:
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn([axis.size for axis in axes], generator=draw)
        for name, axes in symmetry.axes.items()
    }


def random_order(units: int, seed: int) -> Permutation:
    return Permutation(torch.randperm(units, generator=torch.Generator().manual_seed(seed)))


def squared(symmetry: Symmetry, a: Params, b: Params, start: Permutation) -> SquaredGroup:
    return SquaredGroup(symmetry, a, b, "h", {"h": start}, torch.float64)


def test_objective_is_that_of_weight_matching():
    symmetry = recurrent(7, 3, 4)
    a, b = drawn(symmetry, 1), drawn(symmetry, 2)
    problem = squared(symmetry, a, b, Permutation.identity(7))
    for seed in range(3):
        map = random_order(7, seed)
        expected = weight_objective(a, symmetry.transport(b, {"h": map}))
        assert problem.objective(map) == pytest.approx(expected, rel=1e-9)


def test_never_worse_and_mostly_the_best_of_all_permutations():
    symmetry = recurrent(5, 2, 1)
    best = 0
    for seed in range(10):
        a, b = drawn(symmetry, seed), drawn(symmetry, 100 + seed)
        start = random_order(5, seed)
        problem = squared(symmetry, a, b, start)
        found = problem.better(None)
        highest = max(
            problem.objective(Permutation(torch.tensor(order))) for order in permutations(range(5))
        )
        reached = problem.objective(start if found is None else found)
        assert found is None or reached > problem.objective(start)
        best += reached == pytest.approx(highest)
    assert best >= 7


def test_a_better_candidate_is_taken_and_a_worse_one_is_not():
    symmetry = recurrent(6, 2, 3)
    a, map = drawn(symmetry, 1), random_order(6, 1)
    b = symmetry.transport(a, {"h": map})
    problem = squared(symmetry, a, b, Permutation.identity(6))
    assert problem.better(map.inverse()) == map.inverse()
    assert squared(symmetry, a, b, map.inverse()).better(map) is None


@pytest.mark.parametrize(("units", "inputs", "gates"), [(12, 10, 4), (32, 1, 1), (64, 1, 3)])
def test_weight_matching_finds_what_is_planted_from_random_starts(
    units: int, inputs: int, gates: int
):
    """With one input nearly all is squared: linear steps alone find it from a third of these."""
    symmetry = recurrent(units, inputs, gates)
    for seed in range(4):
        a, planted = drawn(symmetry, seed), random_order(units, seed)
        b = symmetry.transport(a, {"h": planted})
        start = {"h": random_order(units, 50 + seed)}
        found = match_weights(symmetry, a, b, torch.Generator(), start=start)
        assert found.maps["h"] == planted.inverse()
        assert found.converged
