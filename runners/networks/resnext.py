"""Residual networks of grouped convolutions, for small images."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from ...checked_fields import PositiveFloat, PositiveInt
from ...errors import UserError
from .base import Architecture, Norm, norm


@dataclass(frozen=True)
class ResNeXt20(Architecture):
    """Xie et al.'s bottleneck blocks around a 3x3 convolution in `groups`, two in each of 3 stages.

    The grouped convolutions have 16, 32 and 64 channels times `width`, their blocks twice as many;
    a 1x1 convolution is the shortcut where the shape changes. Convolutions have no bias where a
    norm follows.
    """

    kind: ClassVar[str] = "resnext20"
    stated: ClassVar[tuple[str, ...]] = ("width", "groups", "norm")

    width: PositiveFloat = 1
    groups: PositiveInt = 4
    norm: Norm = "layer"

    @property
    def families(self) -> set[str]:
        return {*super().families, "resnext"}

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        channels = tuple(round(16 * self.width * factor) for factor in (1, 2, 4))
        if odd := [count for count in channels if count % self.groups]:
            raise UserError(f"{odd[0]} channels do not make {self.groups} equal groups")
        return _ResNeXt(shape[0], channels, classes, self.groups, self.norm)


class _ResNeXt(nn.Module):
    def __init__(
        self, inputs: int, channels: tuple[int, ...], classes: int, groups: int, kind: Norm
    ):
        super().__init__()
        size = channels[0]
        self.stem = nn.Conv2d(inputs, size, 3, padding=1, bias=kind == "none")
        self.norm = norm(kind, size, 2)
        self.stages = nn.ModuleList()
        for i, own in enumerate(channels):
            stage = nn.Sequential()
            for stride in (1 if i == 0 else 2, 1):
                stage.append(_Block(size, own, stride, groups, kind))
                size = 2 * own
            self.stages.append(stage)
        self.head = nn.Linear(size, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.stem(x)).relu()
        for stage in self.stages:
            x = stage(x)
        return self.head(x.mean((2, 3)))


class _Block(nn.Module):
    """A narrowing 1x1, a grouped 3x3 and a widening 1x1 convolution around a shortcut."""

    def __init__(self, i: int, inner: int, stride: int, groups: int, kind: Norm):
        super().__init__()
        o, bias = 2 * inner, kind == "none"
        self.narrow = nn.Conv2d(i, inner, 1, bias=bias)
        self.norm1 = norm(kind, inner, 2)
        self.grouped = nn.Conv2d(inner, inner, 3, stride, padding=1, groups=groups, bias=bias)
        self.norm2 = norm(kind, inner, 2)
        self.widen = nn.Conv2d(inner, o, 1, bias=bias)
        self.norm3 = norm(kind, o, 2)
        self.shortcut = nn.Sequential()  # the identity, without parameters
        if stride != 1 or i != o:
            self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=bias), norm(kind, o, 2))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(self.narrow(x)).relu()
        y = self.norm2(self.grouped(y)).relu()
        return (self.norm3(self.widen(y)) + self.shortcut(x)).relu()
