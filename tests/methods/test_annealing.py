"""Annealing: the best is kept, and on a tiny network it is the best of all permutations."""

from itertools import permutations, product

import live_networks
import pytest
import torch
from torch.nn import functional as F
from torch.utils.data import TensorDataset

from basinbench.methods.annealing import Annealing
from basinbench.methods.base import Network, Problem
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.tracing.trace import trace
from basinbench.runners.networks import MLP

every_energy = pytest.mark.parametrize("energy", ["loss", "accuracy"])


def tiny(widths: tuple[int, ...], seed: int = 0) -> Problem:
    """Networks so narrow that all permutations can be tried, on labels that the first one gives."""
    module = MLP(widths).build((1, 2, 2), 3).eval()
    symmetry = trace(module, torch.zeros(2, 1, 2, 2))
    nets = tuple(Network(module, live_networks.alive(module, seed + i), symmetry) for i in (1, 2))
    draw = torch.Generator().manual_seed(seed)
    images = torch.randn(64, 1, 2, 2, generator=draw, dtype=torch.float64)
    return Problem(nets, TensorDataset(images, nets[0](images).argmax(1)), seed)


def barrier(problem: Problem, maps, energy: str) -> float:
    a, b = problem.networks
    x, y = problem.training_data[torch.arange(len(problem.training_data))]
    moved = b.symmetry.transport(b.params, maps)
    middle = {name: (value + moved[name]) / 2 for name, value in a.params.items()}
    loss, error = (
        [f(a(x, params), y) for params in (middle, a.params, b.params)]
        for f in (F.cross_entropy, lambda out, y: (out.argmax(1) != y).double().mean())
    )
    middle_height, *ends = loss if energy == "loss" else error
    return max(float(middle_height - sum(ends) / 2), 0.0)


@pytest.mark.slow
@every_energy
@pytest.mark.parametrize("seed", range(3))
def test_reaches_the_best_of_all_permutations(energy, seed: int):
    problem = tiny((4, 3), seed)
    groups = problem.networks[0].widths
    assert sorted(groups.values()) == [3, 4]
    all_maps = [
        dict(zip(groups, map(Permutation, map(torch.tensor, orders)), strict=True))
        for orders in product(*(permutations(range(n)) for n in groups.values()))
    ]
    best = min(barrier(problem, maps, energy) for maps in all_maps)
    method = Annealing(energy, batch=64, steps=1500, start="random", hot=0.3, cold=0.01)
    found = method.align(problem)
    assert found.stats["energy"] == pytest.approx(best, abs=1e-12)


def shuffled() -> Problem:
    """A network and its copy in another order, on the labels that they give: a high barrier."""
    net = live_networks.network("mlp", 1)
    images = live_networks.samples()[:][0]
    return Problem(
        (net, live_networks.shuffled(net)[0]), TensorDataset(images, net(images).argmax(1)), 3
    )


@every_energy
@pytest.mark.parametrize("start", ["identity", "random"])
def test_never_worse_than_where_it_began(energy, start):
    problem = shuffled()
    method = Annealing(energy, batch=192, steps=30, start=start)
    begun = Annealing(energy, batch=192, steps=0, start=start).align(problem)
    found = method.align(problem)
    assert begun.stats["energy"] > 0
    assert found.stats["energy"] < begun.stats["energy"]
    for alignment in (begun, found):
        expected = barrier(problem, alignment.maps[1], energy)
        assert alignment.stats["energy"] == pytest.approx(expected, abs=1e-12)


def test_a_high_temperature_takes_every_step_and_a_low_one_few():
    problem = shuffled()
    wild, calm = (
        Annealing(batch=64, steps=40, hot=t, cold=t).align(problem).stats for t in (1e9, 1e-9)
    )
    assert wild["accepted"] == 40
    assert calm["accepted"] < 40
    assert calm["energy"] <= wild["energy"]


def test_no_barrier_is_no_search():
    net = live_networks.network("mlp", 1)
    found = Annealing().align(Problem((net, net), live_networks.samples()))
    assert found.stats["steps"] == 0
    assert found.stats["energy"] == 0
