"""Multi-layer perceptrons."""

from dataclasses import dataclass
from itertools import groupby, pairwise
from math import prod

from torch import Tensor, nn

from .architecture import SUFFIX, Architecture, Norm, norm


@dataclass(frozen=True)
class MLP(Architecture):
    """Flattened pixels, hidden layers of `widths` with ReLU, and a linear head.

    The defaults are Git Re-Basin's network for MNIST and CIFAR-10; OTFusion's for MNIST is
    `MLP(widths=(400, 200, 100), bias=False)`.
    """

    widths: tuple[int, ...] = (512, 512, 512)
    bias: bool = True
    norm: Norm = "none"

    @property
    def name(self) -> str:
        """`mlp-512x3`, `mlp-400-200-100-nobias`, `mlp-64x3-ln`; `linear` without hidden layers."""
        runs = ((width, len(list(run))) for width, run in groupby(self.widths))
        sizes = [f"{width}x{count}" if count > 1 else f"{width}" for width, count in runs]
        stem = "-".join(["mlp", *sizes]) if sizes else "linear"
        return stem + SUFFIX[self.norm] + ("" if self.bias else "-nobias")

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        sizes = (prod(shape), *self.widths)
        return _Perceptron(sizes, classes, self.bias, self.norm, self.activation())

    def activation(self) -> nn.Module:
        return nn.ReLU()


@dataclass(frozen=True)
class TanhMLP(MLP):
    """The same with tanh, whose units may also change their sign.

    A class of its own and no field of `MLP`, of which every field counts in the keys under which
    trained networks and records are kept.
    """

    @property
    def name(self) -> str:
        return f"{super().name}-tanh"

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
