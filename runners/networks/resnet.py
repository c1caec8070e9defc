"""Residual networks for small images."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from ...checked_fields import PositiveFloat, PositiveInt
from .base import Architecture, Norm, norm


@dataclass(frozen=True)
class ResNet20(Architecture):
    """He et al.'s ResNet20 in Git Re-Basin's form: strided blocks have a 3x3 shortcut and a norm.

    Three stages of three blocks with 16, 32 and 64 channels times `width`. Convolutions have no
    bias where a norm follows; the head always has one. `stride`: of the first convolution, theirs
    is 1; 3 sees every pixel once and takes a seventh of the time, for images larger than needed.
    """

    kind: ClassVar[str] = "resnet20"
    stated: ClassVar[tuple[str, ...]] = ("width", "norm")

    width: PositiveFloat = 1
    norm: Norm = "layer"
    stride: PositiveInt = 1

    @property
    def families(self) -> set[str]:
        return {*super().families, "resnet"}

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        channels = tuple(round(16 * self.width * factor) for factor in (1, 2, 4))
        bias = self.norm == "none"
        module = _ResNet(shape[0], channels, 3, classes, 3, self.norm, bias, head_bias=True)
        module.stem.stride = (self.stride, self.stride)
        return module


@dataclass(frozen=True)
class ResNet18(Architecture):
    """He et al.'s ResNet18 with a 3x3 stem for small images and 1x1 projection shortcuts.

    Four stages of two blocks with 1, 2, 4 and 8 times `width` channels. With `bias` the head has
    a bias, and so have the convolutions that no norm follows. OTFusion's is
    `ResNet18(norm="none", bias=False)`.
    """

    kind: ClassVar[str] = "resnet18"
    stated: ClassVar[tuple[str, ...]] = ("width", "norm")

    width: PositiveInt = 64
    norm: Norm = "batch"
    bias: bool = True

    @property
    def families(self) -> set[str]:
        return {*super().families, "resnet"}

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        channels = tuple(self.width * factor for factor in (1, 2, 4, 8))
        bias = self.bias and self.norm == "none"
        return _ResNet(shape[0], channels, 2, classes, 1, self.norm, bias, head_bias=self.bias)


class _ResNet(nn.Module):
    def __init__(
        self,
        inputs: int,
        channels: tuple[int, ...],
        blocks: int,
        classes: int,
        shortcut: int,
        kind: Norm,
        bias: bool,
        head_bias: bool,
    ):
        super().__init__()
        self.stem = nn.Conv2d(inputs, channels[0], 3, padding=1, bias=bias)
        self.norm = norm(kind, channels[0], 2)
        self.stages = nn.ModuleList()
        size = channels[0]
        for i, own in enumerate(channels):
            strides = [1 if i == 0 else 2] + [1] * (blocks - 1)
            stage = nn.Sequential()
            for stride in strides:
                stage.append(_Block(size, own, stride, shortcut, kind, bias))
                size = own
            self.stages.append(stage)
        self.head = nn.Linear(size, classes, head_bias)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.stem(x)).relu()
        for stage in self.stages:
            x = stage(x)
        return self.head(x.mean((2, 3)))


class _Block(nn.Module):
    """Two 3x3 convolutions around a shortcut, which is a convolution where the shape changes."""

    def __init__(self, i: int, o: int, stride: int, shortcut: int, kind: Norm, bias: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(i, o, 3, stride, padding=1, bias=bias)
        self.norm1 = norm(kind, o, 2)
        self.conv2 = nn.Conv2d(o, o, 3, padding=1, bias=bias)
        self.norm2 = norm(kind, o, 2)
        self.shortcut = nn.Sequential()  # the identity, without parameters
        if stride != 1:
            # Padded so that a 3x3 and a 1x1 kernel give the same size.
            conv = nn.Conv2d(i, o, shortcut, stride, padding=shortcut // 2, bias=bias)
            self.shortcut = nn.Sequential(conv, norm(kind, o, 2))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(self.conv1(x)).relu()
        y = self.norm2(self.conv2(y))
        return (y + self.shortcut(x)).relu()
