"""Every family of networks: those of this package, and those of plug-ins."""

from ...plugin_files import Plugin
from ...plugin_things import join, plugged_classes
from .base import Architecture
from .gpt import GPT
from .mlp import MLP, TanhMLP
from .recurrent import RowGRU, RowLSTM
from .resnet import ResNet18, ResNet20
from .resnext import ResNeXt20
from .torchvision import (
    TorchvisionDenseNet,
    TorchvisionRegNet,
    TorchvisionShuffleNet,
    TorchvisionViT,
)
from .unet import UNet
from .vgg import VGG

Families = dict[str, type[Architecture]]

BUILT_IN = (
    MLP,
    TanhMLP,
    VGG,
    ResNet18,
    ResNet20,
    ResNeXt20,
    RowLSTM,
    RowGRU,
    GPT,
    TorchvisionViT,
    TorchvisionDenseNet,
    TorchvisionShuffleNet,
    TorchvisionRegNet,
    UNet,
)


def families() -> Families:
    """Every family by its `kind`, those of plug-ins last."""
    found: Families = {form.kind: form for form in BUILT_IN}
    join(found, plugged_families(), "network")
    return found


def plugged_families(of: tuple[Plugin, ...] | None = None) -> Families:
    """The families of plug-ins (default: of all) by their `kind`."""
    return plugged_classes(Architecture, "network", ("kind",), of)
