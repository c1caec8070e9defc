"""A U-Net for small images, in the form of diffusion models."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...checked_fields import PositiveInt
from .base import Architecture, norm


@dataclass(frozen=True)
class UNet(Architecture):
    """Ho et al. 2020's U-Net without steps of time, whose scores of all pixels are averaged.

    Residual blocks of group norm, SiLU and 3x3 convolutions, one a level on the way down and one on
    the way up, which reads what the way down left beside what comes from below; attention in the
    middle, with one head. Level `i` has `width * 2 ** i` channels. On the way up a norm may have a
    group with channels of both.
    """

    kind: ClassVar[str] = "unet"
    stated: ClassVar[tuple[str, ...]] = ("width", "levels")

    width: PositiveInt = 16
    levels: PositiveInt = 2

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        return _UNet(shape[0], self.width, self.levels, classes)


class _UNet(nn.Module):
    def __init__(self, inputs: int, width: int, levels: int, classes: int):
        super().__init__()
        sizes = [width * 2**level for level in range(levels)]
        self.start = nn.Conv2d(inputs, width, 3, padding=1)
        self.down, self.shrink = nn.ModuleList(), nn.ModuleList()
        size = width
        for own in sizes:
            self.down.append(_Block(size, own))
            self.shrink.append(nn.Conv2d(own, own, 3, stride=2, padding=1))
            size = own
        self.before, self.after = _Block(size, size), _Block(size, size)
        self.attention = _Attention(size)
        self.up, self.grow = nn.ModuleList(), nn.ModuleList()
        for own in reversed(sizes):
            self.grow.append(nn.Conv2d(size, size, 3, padding=1))
            self.up.append(_Block(size + own, own))
            size = own
        self.norm = norm("group", size, 2)
        self.head = nn.Conv2d(size, classes, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.start(x)
        left = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            x = block(x)
            left.append(x)
            x = shrink(x)
        x = self.after(self.attention(self.before(x)))
        for block, grow in zip(self.up, self.grow, strict=True):
            beside = left.pop()
            x = grow(F.interpolate(x, size=beside.shape[2:]))
            x = block(torch.cat([x, beside], 1))
        return self.head(F.silu(self.norm(x))).mean((2, 3))


class _Block(nn.Module):
    """Two normalised 3x3 convolutions beside a shortcut, 1x1 where the channels change."""

    def __init__(self, i: int, o: int):
        super().__init__()
        self.norm1, self.norm2 = norm("group", i, 2), norm("group", o, 2)
        self.conv1 = nn.Conv2d(i, o, 3, padding=1)
        self.conv2 = nn.Conv2d(o, o, 3, padding=1)
        self.shortcut = nn.Identity() if i == o else nn.Conv2d(i, o, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(F.silu(self.norm1(x)))
        y = self.conv2(F.silu(self.norm2(y)))
        return y + self.shortcut(x)


class _Attention(nn.Module):
    """Every pixel looks at all others, beside itself."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = norm("group", channels, 2)
        self.queries = nn.Linear(channels, channels)
        self.keys = nn.Linear(channels, channels)
        self.values = nn.Linear(channels, channels)
        self.project = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        pixels = self.norm(x).flatten(2).mT
        parts = (layer(pixels)[:, None] for layer in (self.queries, self.keys, self.values))
        attended = self.project(F.scaled_dot_product_attention(*parts)[:, 0])
        return x + attended.mT.unflatten(2, x.shape[2:])
