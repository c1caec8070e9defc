"""Methods on recurrent networks, whose hidden units are on both axes of one weight."""

from functools import cache

import alive
import pytest
import torch
from recurrent_networks import recurrent
from torch.utils.data import TensorDataset

from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Method, Network, Problem
from basinbench.methods.best_of import BestOf
from basinbench.methods.forward_bipartite import ForwardBipartite
from basinbench.methods.frank_wolfe import FrankWolfe
from basinbench.methods.merge_many import MergeMany
from basinbench.methods.neuron_alignment import NeuronAlignment
from basinbench.methods.straight_through import StraightThrough
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.weight_matching import WeightMatching, match_weights, weight_objective

NETWORKS = (
    "lstm",
    "gru, deep and both ways",
    "projected",
    "encoder and decoder",
    "rnn relu cell",
)
METHODS: dict[str, Method] = {
    "weight matching": WeightMatching(),
    "widest": WeightMatching(order="widest"),
    "greedy": WeightMatching(start="greedy", order="forward"),
    "best of": BestOf(),
    "frank-wolfe": FrankWolfe(),
    "frank-wolfe from the barycentre": FrankWolfe(start="barycentre"),
    "merge many": MergeMany(),
    "activations": ActivationMatching(),
    "correlation": NeuronAlignment(),
    "forward bipartite": ForwardBipartite(),
    "straight-through": StraightThrough(epochs=1),
}


@cache
def planted(name: str) -> tuple[Problem, dict[str, Permutation]]:
    """A network and itself with its units in another order, and data of noise."""
    module, x, symmetry = recurrent(name)
    first = Network(module, alive.draw(module, 1), symmetry)
    order = alive.shuffles(symmetry, 3)
    second = Network(module, symmetry.transport(first.params, order), symmetry)
    draw = torch.Generator().manual_seed(0)
    inputs = torch.randn(96, *x.shape[1:], generator=draw, dtype=torch.float64)
    data = TensorDataset(inputs, torch.arange(96) % 3)
    inverse = {group: map.inverse() for group, map in order.items()}
    return Problem((first, second), data, 0, (data, data)), inverse


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("method", METHODS)
def test_what_is_planted_is_found(method: str, name: str):
    problem, order = planted(name)
    assert METHODS[method].skip(problem) is None
    found = METHODS[method].align(problem)
    assert found.maps[1] == order
    merged = METHODS[method].merge(problem, found, [0.5, 0.5])
    first, x = problem.networks[0], recurrent(name)[1]
    assert alive.deviation(first(x), first(x, merged)) < 1e-10


@pytest.mark.parametrize("name", NETWORKS)
def test_weight_matching_finds_it_from_random_starts(name: str):
    problem, order = planted(name)
    first, second = problem.networks
    symmetry = first.symmetry.only(first.weights)
    bound = weight_objective(first.weights, first.weights)
    for seed in range(3):
        start = alive.shuffles(symmetry, 10 + seed)
        draw = torch.Generator().manual_seed(seed)
        found = match_weights(symmetry, first.weights, second.weights, draw, start=start)
        assert found.converged
        assert found.maps == order or found.objective == pytest.approx(bound)
