"""Folding a line's first layer changes nothing but the time."""

import live_networks
import pytest
import torch

from basinbench.methods.base import weighted_mean
from basinbench.methods.symmetry.reorderings import drawn
from basinbench.methods.tracing.trace import trace
from basinbench.runners.networks import MLP
from basinbench.runners.networks.evaluate import Resident, lambdas, log_probabilities
from basinbench.runners.networks.folding import FirstLayers


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("bias", [True, False])
def test_is_the_whole_network_at_every_place(norm, bias):
    module = (
        MLP((16, 12), bias=bias, norm=norm).build(live_networks.SHAPE, live_networks.CLASSES).eval()
    )
    symmetry = trace(module, torch.zeros(2, *live_networks.SHAPE))
    networks = live_networks.alive(module, 1), live_networks.alive(module, 2)
    data = Resident.of(live_networks.samples(), module)
    layers = FirstLayers.of(module, networks, data)
    assert layers is not None
    maps = drawn(symmetry, torch.Generator().manual_seed(1))
    ends = networks[0], symmetry.transport(networks[1], maps)
    order = symmetry.axes[layers.weight][0].index(maps)
    stays = torch.arange(16)
    assert not order.equal(stays)
    for orders in ((stays, order), (None, order), (stays, None)):
        at = layers.line(ends, orders)
        for t in lambdas(5):
            whole = log_probabilities(module, weighted_mean(ends, (1 - t, t)), data)
            torch.testing.assert_close(at(t), whole, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["vgg-plain", "vgg-bn", "resnet-ln", "resnet-bn"])
def test_convolutional_networks_are_left_whole(name):
    net = live_networks.network(name, 1)
    data = Resident.of(live_networks.samples(), net.module)
    assert FirstLayers.of(net.module, (net.params, net.params), data) is None


class Asking(torch.nn.Module):
    """Its forward asks the first layer for its size."""

    def __init__(self):
        super().__init__()
        self.first, self.head = torch.nn.Linear(128, 6), torch.nn.Linear(6, 5)

    def forward(self, x):
        return self.head(self.first(x.reshape(-1, self.first.in_features)).relu())


class Normed(Asking):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.utils.parametrizations.weight_norm(self.first)


@pytest.mark.parametrize("made", [Asking, Normed])
def test_a_network_whose_first_layer_is_more_than_its_weight_is_left_whole(made):
    module = made().eval()
    params = live_networks.alive(module, 1)
    data = Resident.of(live_networks.samples(), module)
    assert FirstLayers.of(module, (params, params), data) is None


def test_a_network_that_sees_the_images_twice_is_left_whole():
    class Twice(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(128, 6)
            self.side = torch.nn.Linear(128, 5)
            self.head = torch.nn.Linear(6, 5)

        def forward(self, x):
            x = x.flatten(1)
            return self.head(self.first(x).relu()) + self.side(x)

    module = Twice().eval()
    params = live_networks.alive(module, 1)
    data = Resident.of(live_networks.samples(), module)
    assert FirstLayers.of(module, (params, params), data) is None
