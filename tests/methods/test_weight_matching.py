"""Weight matching: the plain loop as the reference, planted permutations, the greedy failure."""

from itertools import pairwise

import live_networks
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from basinbench.methods.base import Problem
from basinbench.methods.matching.assignment import assign
from basinbench.methods.matching.forward_pass import best_match, forward_pass
from basinbench.methods.symmetry.axes import Axis, Factor, Params, Symmetry
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.weight_matching import (
    Order,
    WeightMatching,
    match_weights,
    weight_objective,
)

every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)
ORDERS: tuple[Order, ...] = ("random", "forward", "widest")


def weights(name: str, seed: int) -> tuple[Symmetry, Params]:
    net = live_networks.network(name, seed)
    return net.symmetry.only(net.weights), net.weights


def plain_loop(symmetry: Symmetry, a: Params, b: Params, visits: list[list[str]]) -> list[float]:
    """Algorithm 1 as one would write it: nothing cached, nothing skipped; the objective a step."""
    maps = {g: Permutation.identity(n) for g, n in symmetry.groups().items()}
    objectives = [weight_objective(a, symmetry.transport(b, maps))]
    for sweep in visits:
        for group in sweep:
            gains = symmetry.features(a, group) @ symmetry.features(b, group, maps).T
            better = maps | {group: Permutation(assign(gains))}
            objective = weight_objective(a, symmetry.transport(b, better))
            if objective > objectives[-1] * (1 + 1e-12):
                maps = better
                objectives.append(objective)
    return objectives


@every_network
def test_reaches_the_objective_of_the_plain_loop(name: str):
    symmetry, a = weights(name, 1)
    _, b = weights(name, 2)
    for order in ORDERS:
        found = match_weights(symmetry, a, b, generator(), order=order, dtype=torch.float64)
        assert found.converged, order
        draw = generator()
        visits = [visiting_order(symmetry, a, order, draw) for _ in range(found.sweeps)]
        objectives = plain_loop(symmetry, a, b, visits)
        assert objectives[-1] == pytest.approx(found.objective, rel=1e-9), order


@every_network
def test_objective_never_falls(name: str):
    symmetry, a = weights(name, 1)
    _, b = weights(name, 2)
    reached = [
        match_weights(symmetry, a, b, generator(), sweeps=k, dtype=torch.float64).objective
        for k in range(8)
    ]
    assert all(later >= earlier * (1 - 1e-9) for earlier, later in pairwise(reached))
    assert reached[-1] > reached[0]


@every_network
def test_objective_is_the_distance(name: str):
    symmetry, a = weights(name, 1)
    _, b = weights(name, 2)
    found = match_weights(symmetry, a, b, generator(), dtype=torch.float64)
    moved = symmetry.transport(b, found.maps)
    norms = weight_objective(a, a) + weight_objective(b, b)
    distance = sum(float((a[k] - moved[k]).square().sum()) for k in a)
    assert norms - distance == pytest.approx(2 * found.objective, rel=1e-9)


@every_network
def test_float32_gains_reach_the_objective_of_float64(name: str):
    symmetry, a = weights(name, 1)
    _, b = weights(name, 2)
    single, double = (
        match_weights(symmetry, a, b, generator(), dtype=dtype).objective
        for dtype in (torch.float32, torch.float64)
    )
    assert single == pytest.approx(double, rel=1e-3)


@pytest.mark.parametrize("name", ["mlp", "mlp-bn", "vgg-plain", "vgg-bn"])
def test_planted_permutation_is_recovered(name: str):
    net = live_networks.network(name, 1)
    other, planted = live_networks.shuffled(net)
    for order in ORDERS:
        alignment = WeightMatching(order=order).align(Problem((net, other)))
        assert alignment.maps[1] == {g: m.inverse() for g, m in planted.items()}, order
        assert alignment.stats["sweeps"] <= 5, order


@pytest.mark.parametrize("name", ["resnet-ln", "resnet-bn"])
def test_planted_permutation_of_a_residual_network_is_recovered(name: str):
    for seed in range(5):
        net = live_networks.network(name, seed)
        other, planted = live_networks.shuffled(net, seed)
        alignment = WeightMatching(order="widest").align(Problem((net, other)))
        assert alignment.maps[1] == {g: m.inverse() for g, m in planted.items()}


@every_network
def test_matching_backwards_is_the_inverse(name: str):
    symmetry, a = weights(name, 1)
    _, b = weights(name, 2)
    there = match_weights(symmetry, a, b, generator(), dtype=torch.float64)
    back = match_weights(symmetry, b, a, generator(), dtype=torch.float64)
    assert there.objective == pytest.approx(back.objective, rel=1e-9)
    assert there.maps == {g: m.inverse() for g, m in back.maps.items()}


@every_network
def test_greedy_start_is_never_worse_than_the_greedy_pass(name: str):
    symmetry, a = weights(name, 1)
    _, b = weights(name, 2)
    maps = forward_pass((a, symmetry), (b, symmetry), best_match)
    greedy = weight_objective(a, symmetry.transport(b, maps))
    nets = live_networks.network(name, 1), live_networks.network(name, 2)
    started = WeightMatching(start="greedy", precision="float64").align(Problem(nets))
    assert started.stats["objective"] >= greedy * (1 - 1e-12)


def test_a_given_start_is_not_changed():
    symmetry, a = weights("mlp", 1)
    _, b = weights("mlp", 2)
    start = {g: Permutation.identity(n) for g, n in symmetry.groups().items()}
    match_weights(symmetry, a, b, generator(), start=start)
    assert start == {g: Permutation.identity(n) for g, n in symmetry.groups().items()}


def test_one_hidden_layer_is_solved_at_once():
    symmetry = perceptron(6, 20, 3)
    a, b = random_params(symmetry, 1), random_params(symmetry, 2)
    found = match_weights(symmetry, a, b, generator(), dtype=torch.float64)
    (group,) = symmetry.groups()
    gains = symmetry.features(a, group) @ symmetry.features(b, group).T
    best = gains[torch.arange(20), assign(gains)].sum()
    fixed = float((a["1.bias"] * b["1.bias"]).sum())
    assert found.solves == 1
    assert found.objective == pytest.approx(float(best) + fixed)


@pytest.mark.parametrize("order", ["forward", "widest", "random"])
def test_greedy_fails_where_both_directions_succeed(order: Order):
    """Git Re-Basin's appendix A.7.2: the merged slope should be 1, the greedy pass has 1/2."""
    e = 1e-3
    a = linear_chain([[1], [1 + e]], [[1, 0], [0, e]], [[1, 0]])
    b = linear_chain([[1], [1 + e]], [[0, 0], [0, 1]], [[0, 1]])
    symmetry = perceptron(1, 2, 2, 1, bias=False)
    greedy = forward_pass((a, symmetry), (b, symmetry), best_match)
    both = match_weights(symmetry, a, b, generator(), order=order, dtype=torch.float64).maps
    assert slope(a, symmetry.transport(b, greedy)) == pytest.approx(0.5, abs=2e-3)
    assert slope(a, symmetry.transport(b, both)) == pytest.approx(1, abs=2e-3)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 7), min_size=2, max_size=5), st.integers(0, 2**31))
def test_any_perceptron_agrees_with_the_plain_loop(sizes: list[int], seed: int):
    symmetry = perceptron(*sizes)
    a, b = random_params(symmetry, seed), random_params(symmetry, seed + 1)
    found = match_weights(symmetry, a, b, generator(), order="forward", dtype=torch.float64)
    objectives = plain_loop(symmetry, a, b, [list(symmetry.groups())] * (found.sweeps + 1))
    assert found.objective == pytest.approx(objectives[-1], rel=1e-9, abs=1e-12)


def test_a_group_on_two_axes_of_one_tensor_still_climbs():
    """A square recurrent weight makes the step a linearisation; only real progress is accepted."""
    units = Axis(((Factor(12, "h"),),))
    reads = Axis(((Factor(12, "h"),),), reads=True)
    fixed = Axis(((Factor(3),),), reads=True)
    symmetry = Symmetry({"in": (units, fixed), "loop": (units, reads)})
    for seed in range(20):
        a, b = random_params(symmetry, seed), random_params(symmetry, seed + 100)
        start = weight_objective(a, b)
        found = match_weights(symmetry, a, b, generator(), dtype=torch.float64)
        assert found.objective >= start
        assert found.converged


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def visiting_order(
    symmetry: Symmetry, params: Params, order: Order, draw: torch.Generator
) -> list[str]:
    groups = list(symmetry.groups())
    if order == "random":
        return [groups[i] for i in torch.randperm(len(groups), generator=draw)]
    if order == "forward":
        return groups
    touching = {g: {p.name for p in symmetry.occurrences(g)} for g in groups}
    return sorted(groups, key=lambda g: -sum(params[name].numel() for name in touching[g]))


def perceptron(*sizes: int, bias: bool = True) -> Symmetry:
    axes = {}
    for i, (inputs, outputs) in enumerate(pairwise(sizes)):
        into = None if i == 0 else f"{i - 1}"
        out = None if i == len(sizes) - 2 else f"{i}"
        write = Axis(((Factor(outputs, out),),))
        axes[f"{i}.weight"] = (write, Axis(((Factor(inputs, into),),), reads=True))
        if bias:
            axes[f"{i}.bias"] = (write,)
    return Symmetry(axes)


def random_params(symmetry: Symmetry, seed: int) -> Params:
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn([axis.size for axis in axes], generator=draw, dtype=torch.float64)
        for name, axes in symmetry.axes.items()
    }


def linear_chain(*layers: list[list[float]]) -> Params:
    return {f"{i}.weight": torch.tensor(w, dtype=torch.float64) for i, w in enumerate(layers)}


def slope(a: Params, b: Params) -> float:
    first, second, third = ((a[f"{i}.weight"] + b[f"{i}.weight"]) / 2 for i in range(3))
    return float(third @ second @ first)
