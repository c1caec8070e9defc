"""A constant of the architecture is an anchor by what it holds, not by where it is kept."""

import warnings
from functools import cache

import pytest
import torch
from constant_networks import CONSTANTS, PLACES, Place
from torch import Tensor, nn

from basinbench.methods.proving.proof import prove
from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.tracing.trace import trace

every_constant = pytest.mark.parametrize("name", CONSTANTS)


@cache
def traced(name: str, place: Place) -> tuple[nn.Module, Symmetry]:
    torch.manual_seed(0)
    module = CONSTANTS[name].build(place)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return module, trace(module, torch.randn(3, 5, 4))


@every_constant
def test_groups_do_not_depend_on_where_a_constant_is_kept(name: str):
    for place in PLACES:
        _, symmetry = traced(name, place)
        assert tuple(symmetry.groups().values()) == CONSTANTS[name].groups, place


@every_constant
def test_the_function_is_kept_and_the_constant_is_not_moved(name: str):
    inputs = [torch.randn(3, 5, 4), torch.randn(2, 9, 4)]
    for place in PLACES:
        module, symmetry = traced(name, place)
        proof = prove(module, symmetry, *inputs)
        assert proof, proof
        saved = {"c"} if place == "saved" else set()
        assert symmetry.constants == saved
        assert not any(axis.groups for name in saved for axis in symmetry.axes[name])


def test_an_explanation_names_the_constant():
    for place, name in (("saved", "c"), ("not saved", "c"), ("inside", "linspace")):
        _, symmetry = traced("row of numbers", place)
        assert symmetry.pins is not None
        pinned = [pin for pin in symmetry.pins if (pin.name, pin.dim) == ("a.weight", 0)]
        assert [(pin.size, pin.operator) for pin in pinned] == [(8, "add")]
        assert name in pinned[0].why


class Smoothed(nn.Module):
    """Units less their running mean, which training keeps up by hand."""

    def __init__(self, units: int, in_place: bool):
        super().__init__()
        self.register_buffer("mean", torch.zeros(units))
        self.in_place = in_place

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            new = self.mean + 0.1 * (x.detach().mean((0, 1)) - self.mean)
            if self.in_place:
                self.mean.copy_(new)
            else:
                self.mean = new
        return x - self.mean


@pytest.mark.parametrize("in_place", [True, False])
def test_what_training_updates_is_learnt_and_moves(in_place: bool):
    net = nn.Sequential(nn.Linear(4, 8), Smoothed(8, in_place), nn.ReLU(), nn.Linear(8, 3))
    x = torch.randn(3, 5, 4)
    symmetry = trace(net, x)
    assert symmetry.groups() == {"0": 8}
    assert not symmetry.constants
    assert symmetry.axes["1.mean"][0].groups == {"0"}
    assert prove(net, symmetry, x)
    assert not net.get_buffer("1.mean").any(), "tracing must not train"


def test_statistics_of_norms_are_learnt():
    net = nn.Sequential(
        nn.Conv1d(4, 8, 1), nn.BatchNorm1d(8, affine=False), nn.ReLU(), nn.Conv1d(8, 6, 1),
        nn.InstanceNorm1d(6, track_running_stats=True), nn.ReLU(), nn.Conv1d(6, 3, 1),
    )  # fmt: skip
    x = torch.randn(3, 4, 5)
    symmetry = trace(net, x)
    assert tuple(symmetry.groups().values()) == (8, 6)
    assert not symmetry.constants
    assert symmetry.axes["1.running_var"][0].groups == symmetry.axes["0.weight"][0].groups
    assert prove(net, symmetry, x)


def test_the_power_iteration_of_a_spectral_norm_is_learnt():
    norm = nn.utils.parametrizations.spectral_norm
    net = nn.Sequential(norm(nn.Linear(4, 8)), nn.ReLU(), norm(nn.Linear(8, 3)))
    x = torch.randn(5, 4)
    symmetry = trace(net, x)
    assert symmetry.groups() == {"0.parametrizations.weight": 8}
    assert prove(net, symmetry, x)
