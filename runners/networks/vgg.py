"""VGG networks."""

from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import ClassVar, Literal

import torch.nn.functional as F
from torch import Tensor, nn

from ...checked_fields import PositiveInt
from .base import Architecture, Norm, norm

# Channels of the convolutions as multiples of the width, one tuple per stage; a max-pool ends it.
# 11 and 16 are Simonyan & Zisserman's; 8 is the same with one convolution per stage.
STAGES: dict[int, tuple[tuple[int, ...], ...]] = {
    8: ((1,), (2,), (4,), (8,), (8,)),
    11: ((1,), (2,), (4, 4), (8, 8), (8, 8)),
    16: ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8)),
}


@dataclass(frozen=True)
class VGG(Architecture):
    """Stages of 3x3 convolutions with a norm and ReLU, `hidden` linear layers with ReLU, a head.

    `depth` counts three linear layers, as the paper does, however many `hidden` has. `bias` goes
    for convolutions, norm or not, and linear layers; no norm follows a linear layer. Images too
    small for another max-pool skip it, so that 8x8 digits fit. `stride`: of the first convolution,
    theirs is 1; 2 halves the images and takes a quarter of the time.

    Git Re-Basin's VGG16 of width m is `VGG(16, m, norm="layer", hidden=(8 * m, 8 * m))`;
    OTFusion's VGG11 is `VGG(11, 64, bias=False)`.
    """

    kind: ClassVar[str] = "vgg"
    stated: ClassVar[tuple[str, ...]] = ("depth", "width")

    depth: Literal[8, 11, 16] = 11
    width: PositiveInt = 64
    norm: Norm = "none"
    bias: bool = True
    hidden: tuple[PositiveInt, ...] = ()
    stride: PositiveInt = 1

    @property
    def families(self) -> set[str]:
        """`vgg` and, with its depth, `vgg8`."""
        return {*super().families, f"vgg{self.depth}"}

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        if self.depth not in STAGES:
            raise ValueError(f"unknown VGG depth {self.depth}; known: {list(STAGES)}")
        stages = [[factor * self.width for factor in stage] for stage in STAGES[self.depth]]
        return _VGG(stages, self.hidden, shape, classes, self.bias, self.norm, self.stride)


class _VGG(nn.Module):
    def __init__(
        self,
        stages: list[list[int]],
        hidden: tuple[int, ...],
        shape: tuple[int, int, int],
        classes: int,
        bias: bool,
        kind: Norm,
        stride: int,
    ):
        super().__init__()
        channels, *size = shape
        height, width = ((side - 1) // stride + 1 for side in size)
        sizes = [channels, *(size for stage in stages for size in stage)]
        convs = [nn.Conv2d(i, o, 3, padding=1, bias=bias) for i, o in pairwise(sizes)]
        convs[0].stride = (stride, stride)
        self.convs = nn.ModuleList(convs)
        self.norms = nn.ModuleList(norm(kind, size, 2) for size in sizes[1:])
        self.pools: set[int] = set()  # after which convolutions a max-pool stands
        position = -1
        for stage in stages:
            position += len(stage)
            if min(height, width) > 1:
                self.pools.add(position)
                height, width = height // 2, width // 2
        linears = (prod((sizes[-1], height, width)), *hidden)
        self.hidden = nn.ModuleList(nn.Linear(i, o, bias) for i, o in pairwise(linears))
        self.head = nn.Linear(linears[-1], classes, bias)

    def forward(self, x: Tensor) -> Tensor:
        for i, (conv, normalise) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = normalise(conv(x)).relu()
            if i in self.pools:
                x = F.max_pool2d(x, 2)
        x = x.flatten(1)
        for linear in self.hidden:
            x = linear(x).relu()
        return self.head(x)
