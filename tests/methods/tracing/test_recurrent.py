"""Recurrent networks: exact groups, functional equivalence, activations of every layer."""

import alive
import pytest
import torch
from recurrent_networks import RECURRENT, recurrent
from small_layers import Net
from torch import nn

from basinbench.methods.symmetry.axes import When
from basinbench.methods.tracing.trace import trace

every_network = pytest.mark.parametrize("name", RECURRENT)
BOTH_TIMES: tuple[When, When] = ("before", "after")


@every_network
def test_groups_are_all_found_and_the_function_is_kept_when_they_move(name: str):
    module, x, symmetry = recurrent(name)
    assert tuple(symmetry.groups().values()) == RECURRENT[name].groups, "missed, or invented"
    params = alive.draw(module, 1)
    expected = alive.output(module, params, x)
    assert alive.spread(expected) > 1e-3 * expected.abs().max()
    for seed in range(3):
        moved = symmetry.transport(params, alive.shuffles(symmetry, seed))
        assert alive.deviation(expected, alive.output(module, moved, x)) < 1e-10


@every_network
def test_every_place_of_every_group_matters(name: str):
    """Whichever tensor is left behind, the function changes."""
    module, x, symmetry = recurrent(name)
    if RECURRENT[name].shape[1] == 1:
        pytest.skip("one step from a state of zeros reads no recurrent weight")
    params = alive.draw(module, 1)
    expected = alive.output(module, params, x)
    for group, move in alive.shuffles(symmetry, 2).items():
        moved = symmetry.transport(params, {group: move})
        for spared in {place.name for place in symmetry.occurrences(group)}:
            left = alive.output(module, moved | {spared: params[spared]}, x)
            assert alive.deviation(expected, left) > 1e-6, (group, spared)


@every_network
def test_units_are_seen_moving_with_their_group(name: str):
    module, x, symmetry = recurrent(name)
    params = alive.draw(module, 1)
    for when in BOTH_TIMES:
        seen = symmetry.activations(params, x, when)
        assert [len(rows) for rows in seen.values()] == list(RECURRENT[name].groups)
        for group, move in alive.shuffles(symmetry, 2).items():
            moved = symmetry.activations(symmetry.transport(params, {group: move}), x, when)[group]
            torch.testing.assert_close(moved, seen[group][move.index], rtol=1e-10, atol=1e-10)
            assert not torch.allclose(moved, seen[group])


def test_activations_are_the_outputs_of_every_layer():
    """As the layers give them one by one, and in full precision."""
    module, x, symmetry = recurrent("steps first")
    params = alive.draw(module, 1)
    seen = symmetry.activations(params, x)
    first = nn.LSTM(4, 6).double()
    first.load_state_dict(
        {n.removeprefix("r."): v for n, v in params.items() if n.endswith("l0")}, strict=True
    )
    outputs = first(x.transpose(0, 1))[0]
    torch.testing.assert_close(seen["r[0]"], outputs.flatten(0, 1).T, rtol=1e-12, atol=1e-12)


def test_the_order_of_steps_inputs_and_gates_stays():
    _, _, symmetry = recurrent("lstm")
    weights = symmetry.axes["r.weight_ih_l0"]
    assert [[f.group for f in segment] for segment in weights[0].segments] == [["r"]] * 4
    assert weights[1].groups == frozenset()
    assert [axis.reads for axis in symmetry.axes["r.weight_hh_l0"]] == [False, True]
    net = Net(lambda s, x: s.r(x)[0][:, -1], r=nn.LSTM(4, 6, batch_first=True))
    assert trace(net, torch.zeros(2, 5, 4)).groups() == {}, "the output is the network's own"


def test_layers_are_found_whatever_the_number_of_images_and_steps():
    module, _, symmetry = recurrent("lstm, deep and both ways")
    for shape in ((1, 5, 4), (4, 1, 4), (2, 9, 4)):
        assert trace(module, torch.zeros(shape)).axes == symmetry.axes
