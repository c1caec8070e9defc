"""Torchvision's networks, narrow enough to be aligned in a fraction of a second."""

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from ...checked_fields import PositiveFloat, PositiveInt
from ...errors import require
from .base import Architecture


@dataclass(frozen=True)
class TorchvisionViT(Architecture):
    """Torchvision's `VisionTransformer` on square images, patches of `patch` pixels a side."""

    kind: ClassVar[str] = "vit"
    stated: ClassVar[tuple[str, ...]] = ("depth", "heads", "width")

    patch: PositiveInt = 4
    depth: PositiveInt = 2
    heads: PositiveInt = 4
    width: PositiveInt = 64

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        require("run", "torchvision")
        from torchvision.models import VisionTransformer  # a second, which other grids need not pay

        return VisionTransformer(
            image_size=shape[1],
            patch_size=self.patch,
            num_layers=self.depth,
            num_heads=self.heads,
            hidden_dim=self.width,
            mlp_dim=2 * self.width,
            num_classes=classes,
        )


@dataclass(frozen=True)
class TorchvisionDenseNet(Architecture):
    """Torchvision's `DenseNet` with batch norm: every layer adds `growth` channels to a stage."""

    kind: ClassVar[str] = "densenet"
    stated: ClassVar[tuple[str, ...]] = ("growth", "blocks", "width")

    growth: PositiveInt = 8
    blocks: tuple[PositiveInt, ...] = (2, 2, 2)
    width: PositiveInt = 16

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        require("run", "torchvision")
        from torchvision.models import DenseNet

        del shape  # any size will do
        blocks = self.blocks
        return DenseNet(self.growth, blocks, self.width, num_classes=classes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class TorchvisionShuffleNet(Architecture):
    """Torchvision's `ShuffleNetV2` with batch norm: channels are split, shuffled, concatenated."""

    kind: ClassVar[str] = "shufflenet"
    stated: ClassVar[tuple[str, ...]] = ("repeats", "channels")

    repeats: tuple[PositiveInt, PositiveInt, PositiveInt] = (2, 2, 2)
    channels: tuple[PositiveInt, PositiveInt, PositiveInt, PositiveInt, PositiveInt] = (
        8,
        16,
        32,
        64,
        64,
    )

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        require("run", "torchvision")
        from torchvision.models import ShuffleNetV2

        del shape
        return ShuffleNetV2(list(self.repeats), list(self.channels), classes)


@dataclass(frozen=True)
class TorchvisionRegNet(Architecture):
    """Torchvision's `RegNet` with batch norm: grouped convolutions, squeeze and excitation.

    Block `i` of `depth` has `first + slope * i` channels, rounded to stages whose widths grow by
    the factor `growth` (Radosavovic et al. 2020, equations 2 to 4), in groups of `width`.
    """

    kind: ClassVar[str] = "regnet"
    stated: ClassVar[tuple[str, ...]] = ("depth", "first", "slope", "growth", "width")

    depth: PositiveInt = 6
    first: PositiveInt = 16
    slope: PositiveFloat = 9
    growth: PositiveFloat = 2
    width: PositiveInt = 8

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        require("run", "torchvision")
        from torchvision.models.regnet import BlockParams, RegNet

        del shape
        blocks = BlockParams.from_init_params(
            depth=self.depth,
            w_0=self.first,
            w_a=self.slope,
            w_m=self.growth,
            group_width=self.width,
            se_ratio=0.25,
        )
        return RegNet(blocks, num_classes=classes)
