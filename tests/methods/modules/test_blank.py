"""Modules without numbers: their symmetries are those of the modules that have some."""

from collections.abc import Callable

import live_networks
import pytest
import torch
from torch import Tensor, nn

from basinbench import UserError, parameters_on_meta, trace

X = torch.zeros(2, *live_networks.SHAPE)


class Tied(nn.Module):
    """Two layers of one parameter, a table that tells positions apart, a buffer that is learnt."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.last = nn.Linear(6, 6), nn.Linear(6, 3)
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)
        self.second.weight = self.first.weight
        self.table: Tensor
        self.seen: Tensor
        self.register_buffer("table", torch.tensor([1.0, 1, 1, 2, 3, 3]))
        self.register_buffer("seen", torch.zeros(6))

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(self.enter(x).relu()).relu()
        if self.training:
            self.seen = self.seen + x.mean(0)
        x = self.second(x - self.seen).relu()
        return self.last(x * self.table)


def of(name: str) -> Callable[[], nn.Module]:
    every = live_networks.ARCHITECTURES | live_networks.NESTED
    return lambda: every[name].build(live_networks.SHAPE, live_networks.CLASSES)


@pytest.mark.parametrize(
    ("make", "x"),
    [(of("mlp-bn"), X), (of("heads"), X), (Tied, torch.zeros(2, 6))],
    ids=["mlp-bn", "heads", "tied"],
)
def test_the_symmetry_is_that_of_the_module_with_numbers(make: Callable[[], nn.Module], x: Tensor):
    with parameters_on_meta():
        blank = make()
    assert all(p.is_meta for p in blank.parameters())
    assert not any(b.is_meta for b in blank.buffers())
    whole = make()
    assert not any(p.is_meta for p in whole.parameters()), "afterwards all is as it was"
    found, expected = trace(blank.eval(), x), trace(whole.eval(), x)
    assert expected.groups()
    assert found.axes == expected.axes
    assert found.constants == expected.constants


def test_one_parameter_of_two_layers_stays_one():
    shared = nn.Parameter(torch.ones(4, 4))

    def layer() -> nn.Module:
        made = nn.Linear(4, 4)
        made.weight = shared
        return made

    with parameters_on_meta():
        module = nn.Sequential(layer(), layer())
    assert len(list(module.parameters())) == 3
    assert not shared.is_meta


def test_a_buffer_must_have_its_numbers():
    with torch.device("meta"):
        module = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    with pytest.raises(UserError, match=r"the buffer '1.running_mean' is on the meta device"):
        trace(module, torch.zeros(2, 4))
