"""Traced symmetries of small networks: exact groups, functional equivalence, honest refusals."""

import alive
import pytest
import torch
from small_networks import SMALL, Net, traced
from torch import Tensor, nn

from basinbench.errors import UserError
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.tracing.trace import UnknownOperatorWarning, trace

every_network = pytest.mark.parametrize("name", SMALL)


@every_network
def test_groups_are_all_found_and_the_function_is_kept_when_they_move(name: str):
    module, x, symmetry = traced(name)
    assert tuple(symmetry.groups().values()) == SMALL[name].groups, "missed, or invented"
    shapes = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    assert {key: tuple(a.size for a in axes) for key, axes in symmetry.axes.items()} == shapes
    alive.keeps_its_function(module, x, symmetry)


@every_network
def test_every_place_of_every_group_matters(name: str):
    """Whichever tensor is left behind, the function changes: no network here is dead."""
    module, x, symmetry = traced(name)
    params = alive.draw(module, 1)
    expected = alive.output(module, params, x)
    for group, move in alive.shuffles(symmetry, 2).items():
        moved = symmetry.transport(params, {group: move})
        for spared in {place.name for place in symmetry.occurrences(group)}:
            if {n for n in params if params[n] is params[spared]} == {spared}:
                left = alive.output(module, moved | {spared: params[spared]}, x)
                assert alive.deviation(expected, left) > 1e-6, (group, spared)


@pytest.mark.parametrize("name", ["mlp", "residual", "concatenation", "attention"])
def test_weights_that_are_contracted_read(name: str):
    _, _, symmetry = traced(name)
    for key, axes in symmetry.axes.items():
        reads = key.endswith("weight") and len(axes) > 1
        assert [axis.reads for axis in axes] == [reads and dim == 1 for dim in range(len(axes))]


def test_a_matrix_on_the_right_is_read_on_its_other_side():
    axes = traced("products")[2].axes
    assert [[axis.reads for axis in axes[name]] for name in "abc"] == [[True, False]] * 3
    weights = [axis.reads for axis in traced("transposed")[2].axes["2.weight"][:2]]
    assert weights == [True, False]


def test_shared_tensors_have_one_symmetry():
    module, _, symmetry = traced("tied")
    assert symmetry.axes["twin.weight"] == symmetry.axes["a.weight"]
    params = alive.draw(module, 1)
    moved = symmetry.transport(params, alive.shuffles(symmetry, 1))
    assert moved["twin.weight"].equal(moved["a.weight"])
    assert not moved["twin.weight"].equal(params["a.weight"])


def test_groups_of_a_group_norm_are_not_mixed():
    """A plain permutation of all channels, across the norm's groups, must fail."""
    module, x, symmetry = traced("group norm")
    segment = symmetry.axes["0.weight"][0].segments[0]
    assert [(f.size, f.group) for f in segment] == [(3, "0[0]"), (2, "0[1]")]
    params = alive.draw(module, 1)
    across = Permutation(torch.tensor([2, 1, 0, 3, 4, 5]))
    moved = dict(params)
    for key in ("0.weight", "0.bias", "1.weight", "1.bias"):
        moved[key] = across.apply(params[key], 0, reads=False)
    pixels = params["4.weight"].unflatten(1, (6, 16))
    moved["4.weight"] = across.apply(pixels, 1, reads=True).flatten(1)
    expected = alive.output(module, params, x)
    assert alive.deviation(expected, alive.output(module, moved, x)) > 1e-6


def test_concatenations_are_segments():
    _, _, symmetry = traced("dense")
    weight, axis, *_ = symmetry.axes["features.denseblock1.denselayer2.conv1.weight"]
    assert [f.size for segment in axis.segments for f in segment] == [6, 4]
    assert len(axis.groups) == 2
    assert len(weight.segments) == 1


def test_groups_are_named_after_the_module_that_writes_them_first():
    _, _, symmetry = traced("residual")
    assert list(symmetry.groups()) == ["0", "1.layers.0", "3.layers.0"]
    assert symmetry.axes["1.layers.2.weight"][0].groups == {"0"}
    _, _, transformer = traced("vision transformer")
    layer = "encoder.layers.encoder_layer_0.self_attention"
    heads, query, value = (f"{layer}[{i}]" for i in range(3))
    segments = transformer.axes[f"{layer}.in_proj_weight"][0].segments
    assert [[f.group for f in s] for s in segments] == [[heads, query]] * 2 + [[heads, value]]


def test_order_is_that_of_execution():
    net = Net(lambda s, x: s.last(s.first(x).relu()), last=nn.Linear(6, 3), first=nn.Linear(7, 6))
    symmetry = trace(net, torch.zeros(2, 7))
    assert list(symmetry.axes) == ["first.weight", "first.bias", "last.weight", "last.bias"]
    assert list(symmetry.groups()) == ["first"]


def test_unused_parameters_stay():
    net = Net(lambda s, x: s.b(s.a(x)), a=nn.Linear(7, 6), b=nn.Linear(6, 3), idle=nn.Linear(4, 4))
    symmetry = trace(net, torch.zeros(2, 7))
    assert symmetry.groups() == {"a": 6}
    assert not symmetry.axes["idle.weight"][0].groups


def test_an_unknown_operator_is_named_and_pins_what_it_touches():
    net = Net(
        lambda s, x: s.c(s.b(torch.renorm(s.a(x), 2, 0, 1.0)).relu()),
        a=nn.Linear(7, 6),
        b=nn.Linear(6, 5),
        c=nn.Linear(5, 3),
    )
    with pytest.warns(UnknownOperatorWarning, match="renorm"):
        symmetry = trace(net, torch.zeros(2, 7))
    assert symmetry.groups() == {"b": 5}
    params, x = alive.draw(net, 1), torch.randn(4, 7).double()
    moved = symmetry.transport(params, alive.shuffles(symmetry, 1))
    expected = alive.output(net, params, x)
    assert alive.deviation(expected, alive.output(net, moved, x)) < 1e-10


def test_a_network_without_a_graph_is_refused_in_one_sentence():
    class Moody(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.relu() if x.sum() > 0 else x

    with pytest.raises(UserError, match=r"^Moody cannot be exported .*from_axes_to_perm$") as error:
        trace(Moody(), torch.zeros(2, 4))
    assert "\n" not in str(error.value)


def test_the_module_is_left_as_it_was():
    net = nn.Sequential(nn.Linear(7, 6), nn.BatchNorm1d(6), nn.Dropout(), nn.Linear(6, 3)).train()
    net[0].eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    trace(net, torch.randn(3, 7))
    assert [layer.training for layer in net] == [False, True, True, True]
    assert all(value.equal(before[name]) for name, value in net.state_dict().items())


def test_frozen_weights_and_no_grad_change_nothing():
    """Attention has a fused path without gradients, which would hide its weights."""
    module, x, symmetry = traced("encoder")
    with torch.no_grad():
        assert trace(module.requires_grad_(False), x.float()).axes == symmetry.axes


def test_what_cannot_be_exported_is_one_sentence_and_no_graph(capfd: pytest.CaptureFixture[str]):
    net = Net(
        lambda s, x: s.c(s.a(x).relu() if s.a(x).sum() > 0 else -s.a(x)),
        a=nn.Linear(4, 8),
        c=nn.Linear(8, 3),
    )
    with pytest.raises(UserError, match="Net cannot be exported"):
        trace(net, torch.randn(2, 4))
    assert capfd.readouterr() == ("", "")
