"""What every network family shares: the interface, the norms, and flax's layer norm."""

from abc import ABC, abstractmethod
from math import gcd
from typing import ClassVar, Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...checked_fields import Checked
from ...results.labels import network_label
from ..keys import kind_of, params

Norm = Literal["none", "batch", "layer", "group"]
"""No norm, batch norm, layer norm over the channels at each position, or group norm."""

NORM_GROUPS = 4
"""Groups of a group norm; where they do not divide the channels, as many of them as do."""


class Architecture(Checked, ABC):
    """The form of a network, a value: a concrete one is a frozen dataclass of its sizes.

    Input channels, image size and classes come from the data set, when the module is built. A
    family has a `kind`, its stable name in keys and tables, and calls the size by which it is
    scaled `width`, or `widths` where every layer has its own: figures against the width follow.
    """

    kind: ClassVar[str]

    stated: ClassVar[tuple[str, ...]] = ("width", "widths")
    """Fields that keys and records state at their defaults too."""

    @property
    def name(self) -> str:
        """A short name for print, such as `vgg16-w64-ln`."""
        return network_label(kind_of(self), params(self))

    @property
    def families(self) -> set[str]:
        """The names under which networks of its form are found together."""
        return {kind_of(self)}

    @abstractmethod
    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        """The module for images of `shape` (channels, height, width); called by `build`."""

    def build(self, shape: tuple[int, int, int], classes: int, seed: int = 0) -> nn.Module:
        """A new module: images (n, *shape), normalised, to raw logits (n, classes).

        Its trained parameters are PyTorch's default draw from `seed`, its constants always the
        same. Training draws again what a layer knows how to draw, and starts from these where a
        module has parameters of its own (positions, in-projections of attention): one seed for all
        networks would give them a part of their basis in common. The global random stream stays
        where it was.
        """
        module = self._drawn(shape, classes, 0)
        if seed:
            other = dict(self._drawn(shape, classes, seed).named_parameters())
            with torch.no_grad():
                for name, parameter in module.named_parameters():
                    if parameter.requires_grad:
                        parameter.copy_(other[name])
        return module

    def _drawn(self, shape: tuple[int, int, int], classes: int, seed: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            return self.layers(shape, classes)


class LayerNorm(nn.Module):
    """Layer norm over the channels alone, at each position: what flax does to images.

    Takes (n, channels) or (n, channels, height, width). It is neither `GroupNorm(1, channels)`
    nor `nn.LayerNorm([channels, height, width])`, which also average over the positions.
    """

    def __init__(self, channels: int, eps: float = 1e-6):  # flax's eps; PyTorch's is 1e-5
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.ones_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim == 2:
            return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)
        # A channels-last batch is contiguous in this order and stays channels-last: no copies.
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, eps={self.eps}"


def norm(kind: Norm, channels: int, dimensions: Literal[1, 2]) -> nn.Module:
    """The norm of `kind` for (n, channels) when `dimensions` is 1, for images when it is 2."""
    if kind == "none":
        return nn.Identity()
    if kind == "layer":
        return LayerNorm(channels)
    if kind == "batch":
        return nn.BatchNorm1d(channels) if dimensions == 1 else nn.BatchNorm2d(channels)
    if kind == "group":
        return nn.GroupNorm(gcd(NORM_GROUPS, channels), channels)
    raise ValueError(f"unknown norm {kind!r}; known: {', '.join(get_args(Norm))}")
