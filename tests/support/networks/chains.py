"""Chains of layers of several widths, and networks that are none, alive."""

from functools import cache
from math import prod

import live_networks
import torch
from torch import Tensor, nn

from basinbench.methods.base import Network, Problem
from basinbench.methods.tracing.trace import trace
from basinbench.runners.networks import MLP


def alone(*networks: Network) -> Problem:
    """The problem of these networks, of whose data nothing is known."""
    return Problem(networks)


def convolutional(channels: int, hidden: int) -> nn.Module:
    """A chain in which every channel is four inputs of a linear layer."""
    return nn.Sequential(
        nn.Conv2d(2, channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(4),
        nn.Flatten(),
        nn.Linear(4 * channels, hidden, bias=False),
        nn.ReLU(),
        nn.Linear(hidden, live_networks.CLASSES),
    )


class Unusual(nn.Module):
    """A hidden layer whose units are read beside the images, or whose logits are scaled."""

    def __init__(self, *, beside: bool):
        super().__init__()
        images = prod(live_networks.SHAPE)
        self.beside = beside
        self.hidden = nn.Linear(images, 6)
        self.head = nn.Linear(6 + beside * images, live_networks.CLASSES)
        self.scale = None if beside else nn.Parameter(torch.ones(live_networks.CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        h = self.hidden(x.flatten(1)).relu()
        if self.scale is None:
            return self.head(torch.cat([h, x.flatten(1)], dim=1))
        return self.head(h) * self.scale


def traced(module: nn.Module, seed: int) -> Network:
    symmetry = trace(module.eval(), torch.zeros(2, *live_networks.SHAPE))
    return Network(module, live_networks.alive(module, seed), symmetry)


@cache
def of_widths(kind: str, *widths: int) -> Network:
    form = (
        convolutional(*widths)
        if kind == "conv"
        else MLP(widths).build(live_networks.SHAPE, live_networks.CLASSES)
    )
    return traced(form, sum(widths))


UNEQUAL = {
    "mlp": (("mlp", 6, 8), ("mlp", 9, 5), ("mlp", 4, 7)),
    "conv": (("conv", 3, 6), ("conv", 5, 4)),
    "one-layer": (("mlp", 6), ("mlp", 8)),
}
