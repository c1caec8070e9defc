"""Torchvision's networks, narrow enough to be aligned in a fraction of a second."""

from dataclasses import dataclass

from torch import nn

from .architecture import Architecture


@dataclass(frozen=True)
class TorchvisionViT(Architecture):
    """Torchvision's `VisionTransformer` on square images, patches of `patch` pixels a side."""

    patch: int = 4
    depth: int = 2
    heads: int = 4
    width: int = 64

    @property
    def name(self) -> str:
        """`vit-l2-h4-w64`."""
        return f"vit-l{self.depth}-h{self.heads}-w{self.width}"

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
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

    growth: int = 8
    blocks: tuple[int, ...] = (2, 2, 2)
    width: int = 16

    @property
    def name(self) -> str:
        """`densenet-g8-2-2-2-w16-bn`."""
        return f"densenet-g{self.growth}-{'-'.join(map(str, self.blocks))}-w{self.width}-bn"

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        from torchvision.models import DenseNet

        del shape  # any size will do
        blocks = self.blocks
        return DenseNet(self.growth, blocks, self.width, num_classes=classes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class TorchvisionShuffleNet(Architecture):
    """Torchvision's `ShuffleNetV2` with batch norm: channels are split, shuffled, concatenated."""

    repeats: tuple[int, int, int] = (2, 2, 2)
    channels: tuple[int, int, int, int, int] = (8, 16, 32, 64, 64)

    @property
    def name(self) -> str:
        """`shufflenet-8-16-32-64-64-bn`, with the repeats where they are not two a stage."""
        repeats = "" if self.repeats == (2, 2, 2) else "-r" + "-".join(map(str, self.repeats))
        return f"shufflenet-{'-'.join(map(str, self.channels))}{repeats}-bn"

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        from torchvision.models import ShuffleNetV2

        del shape
        return ShuffleNetV2(list(self.repeats), list(self.channels), classes)
