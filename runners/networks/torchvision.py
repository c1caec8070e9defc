"""Torchvision's networks, narrow enough to be aligned in a fraction of a second."""

from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from ...checked_fields import PositiveInt
from ...errors import UserError, require
from .base import Architecture


@dataclass(frozen=True)
class TorchvisionViT(Architecture):
    """Torchvision's `VisionTransformer` on square images, patches of `patch` pixels a side.

    Pre-norm blocks, learned positions and a class token: MNIST and Fashion-MNIST are 16 patches of
    7 pixels a side, or 49 of 4, the digits 16 of 2, or 4 of 4.
    """

    kind: ClassVar[str] = "vit"
    stated: ClassVar[tuple[str, ...]] = ("depth", "heads", "width")

    patch: PositiveInt = 4
    depth: PositiveInt = 2
    heads: PositiveInt = 4
    width: PositiveInt = 64

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        require("run", "torchvision")
        from torchvision.models import VisionTransformer  # a second, which other grids need not pay

        if shape[1] != shape[2] or shape[1] % self.patch:
            raise UserError(
                f"images of {shape[1]} x {shape[2]} pixels are no squares of whole patches of "
                f"{self.patch} x {self.patch}"
            )
        module = VisionTransformer(
            image_size=shape[1],
            patch_size=self.patch,
            num_layers=self.depth,
            num_heads=self.heads,
            hidden_dim=self.width,
            mlp_dim=2 * self.width,
            num_classes=classes,
        )
        return _reading(module, shape[0])


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

        blocks = self.blocks
        module = DenseNet(self.growth, blocks, self.width, num_classes=classes)  # type: ignore[arg-type]
        return _reading(module, shape[0])


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

        module = ShuffleNetV2(list(self.repeats), list(self.channels), classes)
        return _reading(module, shape[0])


@dataclass(frozen=True)
class TorchvisionRegNet(Architecture):
    """Torchvision's `RegNet` with batch norm: grouped convolutions, squeeze and excitation.

    Block `i` of `depth` has `width * (1 + i / 2)` channels, rounded to stages that double, in
    groups of `width / 2` (Radosavovic et al. 2020, equations 2 to 4).
    """

    kind: ClassVar[str] = "regnet"
    stated: ClassVar[tuple[str, ...]] = ("depth", "width")

    depth: PositiveInt = 6
    width: PositiveInt = 16

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        require("run", "torchvision")
        from torchvision.models.regnet import BlockParams, RegNet

        if self.width % 8:
            raise UserError(f"a width of 8, 16, 24, ... is needed, not {self.width}")
        blocks = BlockParams.from_init_params(
            depth=self.depth,
            w_0=self.width,
            w_a=self.width / 2,
            w_m=2,
            group_width=self.width // 2,
            se_ratio=0.25,
        )
        return _reading(RegNet(blocks, num_classes=classes), shape[0])


def _reading(module: nn.Module, channels: int) -> nn.Module:
    """The network of torchvision, whose first convolution reads three channels, for `channels`."""
    name, first = next((n, m) for n, m in module.named_modules() if isinstance(m, nn.Conv2d))
    if channels != first.in_channels:
        like = nn.Conv2d(
            channels,
            first.out_channels,
            first.kernel_size,  # type: ignore[arg-type]
            first.stride,  # type: ignore[arg-type]
            first.padding,  # type: ignore[arg-type]
            bias=first.bias is not None,
        )
        module.set_submodule(name, like)
    return module
