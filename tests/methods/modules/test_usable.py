"""A module of which no network can be made is one sentence, wherever it is handed in."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from basinbench import UserError, compare, network, trace
from basinbench.methods.modules.usable import check_usable
from basinbench.runners.networks.sources.live import live_network

X = torch.zeros(2, 4)


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyLinear(6), nn.ReLU(), nn.Linear(6, 3))


def lazy_norm() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 6), nn.LazyBatchNorm1d(affine=False), nn.Linear(6, 3))


def scripted() -> nn.Module:
    found = torch.jit.trace(nn.Linear(4, 3), X)
    assert isinstance(found, nn.Module)
    return found


def overlapping() -> nn.Module:
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight.data = first.weight.data.mT
    return nn.Sequential(first, second)


MODULES = {
    lazy: "'0.weight' has no shape yet: run the network on one batch first",
    lazy_norm: "'1.running_mean' has no shape yet",
    scripted: "a TorchScript module cannot be merged: give the nn.Module",
    overlapping: "lie in one memory and are not one tensor",
}

STATE = {"0.weight": torch.ones(6, 4)}
WAYS: dict[str, Callable[[nn.Module], object]] = {
    "check": check_usable,
    "network": lambda module: network(module, example=X),
    "network of a maker": lambda module: network(lambda: module, STATE, example=X),
    "trace": lambda module: trace(module, X),
    "live": lambda module: live_network(module, X),
}


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", MODULES)
def test_it_is_one_sentence(way: str, make: Callable[[], nn.Module]):
    with pytest.raises(UserError, match=MODULES[make]) as error:
        WAYS[way](make())
    assert "\n" not in str(error.value)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_comparison_says_so_too(tmp_path):
    paths = [tmp_path / "a.pt", tmp_path / "b.pt"]
    for i, path in enumerate(paths):
        torch.save({"0.weight": torch.full((6, 64), float(i))}, path)
    with pytest.raises(UserError, match="has no shape yet"):
        compare(*paths, network=lazy, dataset="digits", home=tmp_path)
