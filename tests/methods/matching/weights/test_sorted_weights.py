"""Sorted weights: what is planted is found at once, and other groups have no say."""

from itertools import permutations

import live_networks
import pytest
import torch
from nested_cases import CASES
from recurrent_networks import recurrent
from torch import Tensor

from basinbench.methods.matching.weights.families import families
from basinbench.methods.matching.weights.sorted_weights import match_sorted
from basinbench.methods.symmetry.axes import Axis, Factor, Symmetry
from basinbench.methods.symmetry.reorderings import drawn
from basinbench.methods.tracing.trace import trace

IN, OUT = Axis(((Factor(3),),)), Axis(((Factor(4),),), reads=True)


def weights(symmetry: Symmetry, seed: int) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn([axis.size for axis in axes], generator=draw, dtype=torch.float64)
        for name, axes in symmetry.axes.items()
    }


def recovers(symmetry: Symmetry, seed: int) -> bool:
    a, planted = weights(symmetry, seed), drawn(symmetry, torch.Generator().manual_seed(seed))
    found = match_sorted(symmetry, a, symmetry.transport(a, planted))
    return found == {g: m.inverse() for g, m in planted.items()}


@pytest.mark.parametrize("name", [*live_networks.ARCHITECTURES, *live_networks.NESTED])
def test_finds_what_is_planted_at_once(name: str):
    net = live_networks.network(name, 1)
    assert recovers(net.symmetry.only(net.weights), 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.nested])
def test_finds_it_within_other_units(name: str):
    torch.manual_seed(0)
    module = CASES[name].make()
    symmetry = trace(module, torch.randn(CASES[name].shape))
    assert recovers(symmetry.only(dict(module.named_parameters())), 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lstm, deep and both ways", "gru", "projected", "residual"])
def test_finds_it_where_a_group_stands_on_both_axes(name: str):
    module, _, symmetry = recurrent(name)
    assert recovers(symmetry.only(dict(module.named_parameters())), 1)


@pytest.mark.parametrize("name", ["mlp", "resnet-ln", "heads"])
def test_the_order_of_other_groups_has_no_say(name: str):
    first, second = live_networks.problem(name).networks
    symmetry = first.symmetry.only(first.weights)
    expected = match_sorted(symmetry, first.weights, second.weights)
    order = drawn(symmetry, torch.Generator().manual_seed(2))
    for family in families(symmetry):
        others = {g: m for g, m in order.items() if g not in family.members}
        moved = symmetry.transport(second.weights, others)
        found = match_sorted(symmetry, first.weights, moved)
        for member in family.members:
            assert found[member] == expected[member]


def test_pairs_are_worth_what_they_gain_at_most():
    """Of two groups in one tensor, searched through: each pair at its best order of the other."""
    one, two = Factor(3, "one"), Factor(4, "two")
    symmetry = Symmetry({"w": (Axis(((one,),)), Axis(((two,),), reads=True), IN)})
    for seed in range(5):
        a, b = weights(symmetry, seed)["w"], weights(symmetry, 10 + seed)["w"]
        most = torch.zeros(3, 3, dtype=torch.float64)
        for tap in range(3):
            orders = [b[:, list(order), tap] for order in permutations(range(4))]
            most += torch.stack([a[:, :, tap] @ moved.T for moved in orders]).amax(0)
        best = max(permutations(range(3)), key=lambda order: float(most[range(3), order].sum()))
        assert match_sorted(symmetry, {"w": a}, {"w": b})["one"].index.tolist() == list(best)


def test_taps_of_a_kernel_are_compared_one_by_one():
    symmetry = Symmetry({"w": (Axis(((Factor(2, "one"),),)), IN), "v": (OUT, OUT)})
    a = {"w": torch.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]), "v": torch.ones(4, 4)}
    b = {"w": a["w"].flip(0), "v": a["v"]}
    assert match_sorted(symmetry, a, b)["one"].index.tolist() == [1, 0]
