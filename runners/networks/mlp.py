"""Multi-layer perceptrons."""

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import ClassVar

from torch import Tensor, nn

from ...checked_fields import PositiveInt
from .base import Architecture, Norm, norm


@dataclass(frozen=True)
class MLP(Architecture):
    """Flattened pixels, hidden layers of `widths` with ReLU, and a linear head.

    The defaults are Git Re-Basin's network for MNIST and CIFAR-10; OTFusion's for MNIST is
    `MLP(widths=(400, 200, 100), bias=False)`.
    """

    kind: ClassVar[str] = "mlp"

    widths: tuple[PositiveInt, ...] = (512, 512, 512)
    bias: bool = True
    norm: Norm = "none"

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        sizes = (prod(shape), *self.widths)
        return _Perceptron(sizes, classes, self.bias, self.norm, self.activation())

    def activation(self) -> nn.Module:
        return nn.ReLU()


@dataclass(frozen=True)
class TanhMLP(MLP):
    """The same with tanh, whose units may also change their sign."""

    kind: ClassVar[str] = "mlp-tanh"

    def activation(self) -> nn.Module:
        return nn.Tanh()


class _Perceptron(nn.Module):
    def __init__(
        self, sizes: tuple[int, ...], classes: int, bias: bool, kind: Norm, activation: nn.Module
    ):
        super().__init__()
        self.hidden = nn.ModuleList(nn.Linear(i, o, bias) for i, o in pairwise(sizes))
        self.norms = nn.ModuleList(norm(kind, size, 1) for size in sizes[1:])
        self.activation = activation
        self.head = nn.Linear(sizes[-1], classes, bias)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        for linear, normalise in zip(self.hidden, self.norms, strict=True):
            x = self.activation(normalise(linear(x)))
        return self.head(x)
