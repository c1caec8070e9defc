"""Regions, dead code and shapes: nothing is lost where the function has a symmetry."""

import warnings
from collections.abc import Callable

import pytest
import torch
from small_layers import Net
from torch import Tensor, nn

from basinbench.methods.proving.proof import prove
from basinbench.methods.tracing.trace import UnknownOperatorWarning, trace


def without_gradients(s: Net, x: Tensor) -> Tensor:
    with torch.no_grad():
        h = s.a(x).relu()
    return s.o(s.b(h).relu())


def in_lower_precision(s: Net, x: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        h = s.b(s.a(x).relu())
    return s.o(h.to(x.dtype).relu())


def region_in_a_region(s: Net, x: Tensor) -> Tensor:
    with torch.no_grad():
        h = s.a(x)
        with torch.autocast("cpu", enabled=False):
            h = s.b(h.relu())
        h = h.relu()
    return s.o(h)


def two_results(s: Net, x: Tensor) -> Tensor:
    with torch.no_grad():
        h = s.a(x)
        g = h.sigmoid()
    return s.o(s.b(h * g).relu())


def dead(s: Net, x: Tensor) -> Tensor:
    h = s.a(x).relu()
    torch.renorm(h, 2, 0, 1.0).sum()
    h.argmax(-1)
    return s.o(s.b(h).relu())


def sizes(s: Net, x: Tensor) -> Tensor:
    h = s.a(x).relu()
    if h.shape[-1] != s.b.weight.shape[1] or h.flip(-1).dim() != 2:
        raise ValueError
    return s.o(s.b(h + torch.zeros_like(h.flip(-1))).relu()) * x.new_ones(h.shape[-1]).sum()


BOTH = [without_gradients, in_lower_precision, region_in_a_region, two_results, dead, sizes]


def network(forward: Callable[[Net, Tensor], Tensor]) -> nn.Module:
    torch.manual_seed(0)
    return Net(forward, a=nn.Linear(4, 8), b=nn.Linear(8, 6), o=nn.Linear(6, 3))


@pytest.mark.parametrize("forward", BOTH)
def test_both_layers_move(forward: Callable[[Net, Tensor], Tensor]):
    net, x = network(forward), torch.randn(5, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        symmetry = trace(net, x)
    assert symmetry.groups() == {"a": 8, "b": 6}
    assert prove(net, symmetry, x)
    params = {name: value.detach() for name, value in net.state_dict().items()}
    seen = symmetry.activations(params, torch.randn(9, 4))
    assert {group: tuple(rows.shape) for group, rows in seen.items()} == {"a": (8, 9), "b": (6, 9)}


def test_a_warning_says_what_stays():
    net = network(lambda s, x: s.o(s.b(torch.renorm(s.a(x), 2, 0, 1.0)).relu()))
    with pytest.warns(UnknownOperatorWarning, match=r"renorm.*8 of 'a\.weight' \(axis 0\)"):
        trace(net, torch.zeros(2, 4))


@pytest.mark.parametrize(
    "forward",
    [
        lambda s, x: s.o(s.b(s.a(torch.renorm(x, 2, 0, 1.0)).relu()).relu()),
        lambda s, x: s.o(s.b(s.a(x).relu()).relu()) + torch.renorm(x, 2, 0, 1.0)[:, :3],
    ],
    ids=["on the input", "beside the units"],
)
def test_no_warning_where_nothing_is_lost(forward: Callable[[Net, Tensor], Tensor]):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert trace(network(forward), torch.zeros(2, 4)).groups() == {"a": 8, "b": 6}
