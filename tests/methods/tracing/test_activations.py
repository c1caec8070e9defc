"""Activations read off the exported graph: where they are seen, and that units move with them."""

import alive
import pytest
import torch
from small_networks import SMALL, Net, Residual, traced
from torch import Tensor, nn

from basinbench.methods.symmetry.axes import Params, Symmetry, When
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.tracing.trace import trace

NETWORKS = [name for name in SMALL if SMALL[name].groups]
BOTH_TIMES: tuple[When, When] = ("before", "after")


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_units_move_with_the_group(name: str):
    """Moving one group alone reorders its rows, by that permutation and no other."""
    module, x, symmetry = traced(name)
    params = alive.draw(module, 1)
    for when in BOTH_TIMES:
        seen = symmetry.activations(params, x, when)
        assert list(seen) == list(symmetry.groups())
        assert [len(rows) for rows in seen.values()] == list(symmetry.groups().values())
        for group, move in alive.shuffles(symmetry, 2).items():
            moved = symmetry.activations(symmetry.transport(params, {group: move}), x, when)[group]
            there, told = seen[group], f"{group!r} {when} its nonlinearity"
            torch.testing.assert_close(moved, there[move.index], rtol=1e-10, atol=1e-10, msg=told)
            assert not torch.allclose(moved, there), told


@pytest.mark.parametrize("name", NETWORKS)
def test_any_number_of_images_may_be_shown(name: str):
    module, x, symmetry = traced(name)
    params = alive.draw(module, 1)
    few = symmetry.activations(params, x)
    many = symmetry.activations(params, torch.cat([x, x, x[:1]]))
    one = symmetry.activations(params, x[:1])
    ratio = (2 * len(x) + 1, len(x), 1)
    for group in few:
        counts = [seen[group].shape[1] for seen in (many, few, one)]
        assert [c * ratio[1] for c in counts] == [few[group].shape[1] * r for r in ratio]


def test_before_and_after_are_the_two_sides_of_the_nonlinearity():
    """As hooks on the modules see them, in place or not, images before positions."""
    net = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(True), nn.Conv2d(4, 5, 1), nn.GELU(),
        nn.Flatten(), nn.Linear(80, 6), nn.ReLU(True), nn.Linear(6, 3),
    )  # fmt: skip
    x = torch.randn(3, 2, 6, 6)
    symmetry, params = trace(net, x), alive.draw(net, 1)
    watched = [net[2], net[4], net[7]]
    for when, values in zip(("before", "after"), _hooked(net, watched, params, x), strict=True):
        seen = symmetry.activations(params, x.double(), when)
        for rows, value in zip(seen.values(), values, strict=True):
            assert rows.equal(value.transpose(0, 1).flatten(1))


def _hooked(
    net: nn.Module, layers: list[nn.Module], params: Params, x: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    """What goes into `layers`, and what comes out."""
    inputs: list[Tensor] = []
    outputs: list[Tensor] = []
    handles = [
        handle
        for layer in layers
        for handle in (
            layer.register_forward_pre_hook(lambda _, args: inputs.append(args[0].clone())),
            layer.register_forward_hook(lambda _, _args, y: outputs.append(y.clone())),
        )
    ]
    alive.output(net, params, x.double())
    for handle in handles:
        handle.remove()
    return inputs, outputs


def test_a_residual_stream_is_seen_at_each_of_its_nonlinearities():
    net = nn.Sequential(
        nn.Linear(7, 6), nn.ReLU(), Residual(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 6)),
        nn.ReLU(), nn.Linear(6, 3),
    )  # fmt: skip
    x, params = torch.randn(4, 7).double(), alive.draw(net, 1)
    program = trace(net, x.float()).program
    assert program is not None
    first, second = program.seen(params, x)["0"]
    assert first.equal(alive.output(net[:2], _part(params, net[:2]), x).T)
    torch.testing.assert_close(second, alive.output(net[:4], _part(params, net[:4]), x).T)
    assert program.activations(params, x)["0"].equal(torch.cat([first, second], dim=1))


def _part(params: Params, module: nn.Module) -> Params:
    return {name: params[name] for name in module.state_dict()}


@pytest.mark.parametrize("when", BOTH_TIMES)
def test_a_group_without_a_nonlinearity_is_seen_where_it_is_written(when: When):
    net = nn.Sequential(nn.Linear(7, 6), nn.Linear(6, 3))
    x, params = torch.randn(4, 7).double(), alive.draw(net, 1)
    seen = trace(net, x.float()).activations(params, x, when)
    torch.testing.assert_close(seen["0"], (x @ params["0.weight"].T + params["0.bias"]).T)


def test_values_that_are_overwritten_later_are_kept():
    """The slice of a value that an in-place operation changes afterwards."""

    def forward(net: Net, x: Tensor) -> Tensor:
        h = net.a(x).tanh()
        y = net.b(h)
        h.mul_(0)
        return y + net.b(h)

    net = Net(forward, a=nn.Linear(7, 6), b=nn.Linear(6, 3))
    x, params = torch.randn(4, 7).double(), alive.draw(net, 1)
    seen = trace(net, x.float()).activations(params, x)
    expected = torch.tanh(x @ params["a.weight"].T + params["a.bias"]).T
    torch.testing.assert_close(seen["a"], expected)


def test_nothing_needs_a_gradient_and_nothing_is_changed():
    module, x, symmetry = traced("in place")
    params = {name: value.requires_grad_() for name, value in alive.draw(module, 1).items()}
    before = {name: value.detach().clone() for name, value in params.items()}
    image = x.clone()
    assert not any(rows.requires_grad for rows in symmetry.activations(params, image).values())
    assert image.equal(x)
    assert all(params[name].equal(value) for name, value in before.items())


def test_a_hand_written_symmetry_has_no_program():
    with pytest.raises(ValueError, match="traced"):
        Symmetry({}).activations({}, torch.zeros(1))


def test_permuted_rows_are_not_a_coincidence():
    """The wrong permutation is told from the right one."""
    module, x, symmetry = traced("mlp")
    params = alive.draw(module, 1)
    move = Permutation(torch.tensor([1, 2, 3, 4, 5, 0]))
    moved = symmetry.activations(symmetry.transport(params, {"0": move}), x)["0"]
    seen = symmetry.activations(params, x)["0"]
    assert not torch.allclose(moved, seen[move.inverse().index])
