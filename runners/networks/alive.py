"""Small networks that are alive, for the laws: every tensor random, no unit dead.

A dead network would pass a test of equivalence with any symmetry.
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from ...methods.base import Network, Problem
from ...methods.modules.twin import tensors
from ...methods.symmetry.axes import Params, Symmetry
from ...methods.symmetry.reorderings import Reorderings, drawn
from ...methods.tracing.trace import trace
from ..seeds import seed_of
from .base import Architecture
from .mlp import MLP
from .resnet import ResNet20
from .vgg import VGG

SHAPE, CLASSES = (2, 8, 8), 5
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Heads(Architecture):
    """Units within others of every kind: in groups of a norm and of a convolution, and in heads."""

    kind: ClassVar[str] = "heads"

    width: int = 16

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        return _Heads(shape[0], self.width, classes)


class _Heads(nn.Module):
    def __init__(self, channels: int, width: int, classes: int):
        super().__init__()
        self.start = nn.Conv2d(channels, width, 3, stride=2, padding=1)
        self.norm = nn.GroupNorm(4, width)
        self.grouped = nn.Conv2d(width, width, 3, padding=1, groups=4)
        self.tokens = nn.Conv2d(width, width, 1)
        self.queries, self.keys, self.values = (nn.Linear(width, width) for _ in range(3))
        self.project = nn.Linear(width, width)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.grouped(self.norm(self.start(x)).relu()).relu()
        x = self.tokens(x).relu().flatten(2).transpose(1, 2)
        q, k, v = (
            layer(x).unflatten(-1, (2, -1)).transpose(1, 2)
            for layer in (self.queries, self.keys, self.values)
        )
        attended = nn.functional.scaled_dot_product_attention(q, k, v)
        x = x + self.project(attended.transpose(1, 2).flatten(2))
        return self.head(x.relu().mean(1))


ARCHITECTURES: dict[str, Architecture] = {
    "mlp": MLP((32, 40, 32)),
    "mlp-bn": MLP((32, 32), norm="batch"),
    "vgg-plain": VGG(11, width=8),
    "vgg-bn": VGG(11, width=8, norm="batch"),
    "resnet-ln": ResNet20(0.5, norm="layer"),
    "resnet-bn": ResNet20(0.5, norm="batch"),
}

NESTED: dict[str, Architecture] = {"heads": Heads()}
"""Networks with units within others."""


def alive(module: nn.Module, seed: int) -> Params:
    """Random float64 values for every tensor, of a size that keeps signals from fading.

    Masks and tables, which are no network's own, are left as they are.
    """
    draw = torch.Generator().manual_seed(seed)
    params: Params = {}
    trained = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    learnt = ("running_mean", "running_var")
    constants = {n for n in tensors(module) if n not in trained and not n.endswith(learnt)}
    for name, value in tensors(module).items():
        value = value.detach()
        if name in constants or not value.is_floating_point():
            params[name] = value.double() if value.is_floating_point() else value.clone()
            continue
        noise = torch.randn(value.shape, generator=draw, dtype=torch.float64)
        if name.endswith("running_var"):
            params[name] = 0.5 * noise.abs() + 0.5
        elif value.ndim == 1 and not name.endswith(("bias", "running_mean")):
            params[name] = 1 + 0.2 * noise
        elif value.ndim == 1:
            # Shifted up, so that no rectifier is dead; means are subtracted.
            sign = 1 if name.endswith("bias") else -1
            params[name] = sign * (0.3 + 0.1 * noise.abs())
        else:
            # Rows of mean zero: rectified inputs, all positive, would else kill whole units. On
            # the smallest maps a kernel sees only its middle: between all taps and one.
            noise -= noise.mean(1, keepdim=True)
            taps = value[0, 0].numel()
            params[name] = noise * (2 / (value.shape[1] * taps**0.5)) ** 0.5
    return params | _thin(params, seed)


def _thin(params: Params, seed: int) -> Params:
    """Weights that read a single channel each: less its mean, one alone would be nothing but zero.

    A depthwise kernel, say, or a class token.
    """
    draw = torch.Generator().manual_seed(seed_of("thin", seed))
    found: Params = {}
    for name, w in params.items():
        if w.ndim > 1 and w.shape[1] == 1:
            noise = torch.randn(w.shape, generator=draw, dtype=w.dtype)
            found[name] = noise * (2 / w[0, 0].numel() ** 0.5) ** 0.5
    return found


@cache
def built(name: str) -> tuple[nn.Module, Symmetry]:
    """The module of an architecture, in evaluation mode, and its symmetry, traced once."""
    module = (ARCHITECTURES | NESTED)[name].build(SHAPE, CLASSES).eval()
    return module, trace(module, torch.zeros(2, *SHAPE))


def network(
    name: str, seed: int, dtype: torch.dtype = torch.float64, device: torch.device = CPU
) -> Network:
    """The network of that architecture and seed."""
    module, symmetry = built(name)
    params = {
        key: value.to(device, dtype) if value.is_floating_point() else value.to(device)
        for key, value in alive(module, seed).items()
    }
    return Network(module, params, symmetry)


def samples(
    count: int = 192,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    device: torch.device = CPU,
) -> TensorDataset:
    """Images of noise with labels drawn at random; of another precision they are the same ones."""
    draw = torch.Generator().manual_seed(seed)
    images = torch.randn(count, *SHAPE, generator=draw, dtype=torch.float64).to(device, dtype)
    return TensorDataset(images, torch.randint(CLASSES, (count,), generator=draw).to(device))


def problem(
    name: str,
    seeds: tuple[int, ...] = (1, 2),
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    device: torch.device = CPU,
) -> Problem:
    """Unrelated networks of one architecture, data of them together and of each alone."""
    return problem_of(*(network(name, s, dtype, device) for s in seeds), seed=seed)


def problem_of(*networks: Network, seed: int = 0) -> Problem:
    """These networks, data in their precision, of them together and of each alone."""
    like = next(iter(networks[0].params.values()))
    shares = tuple(samples(96, 10 + i, like.dtype, like.device) for i in range(len(networks)))
    return Problem(networks, samples(dtype=like.dtype, device=like.device), seed, shares)


def shuffled(net: Network, seed: int = 7) -> tuple[Network, Reorderings]:
    """The same function with its units in another order, and the order."""
    draw = torch.Generator().manual_seed(seed)
    maps = drawn(net.symmetry, draw)
    return Network(net.module, net.symmetry.transport(net.params, maps), net.symmetry), maps
