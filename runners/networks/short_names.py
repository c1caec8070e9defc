"""Networks from their short names, `mlp-512x3` or `vgg11-w64-bn`: the inverse of the labels."""

import re
from collections.abc import Callable, Mapping

from .base import Architecture, Norm
from .gpt import GPT
from .mlp import MLP, TanhMLP
from .recurrent import RowGRU, RowLSTM
from .resnet import ResNet18, ResNet20
from .resnext import ResNeXt20
from .torchvision import TorchvisionDenseNet, TorchvisionShuffleNet, TorchvisionViT
from .vgg import STAGES, VGG

NORM = r"(?P<norm>-bn|-ln|-gn)?"
NORM_AND_BIAS = rf"{NORM}(?P<bias>-nobias)?"
LAYERS = r"(?P<sizes>(?:-\d{1,6}(?:x\d{1,3})?)+)"  # a thousand equal layers at most: no bomb
STRIDE = r"(?:-s(?P<stride>\d+))?"
SIZES = r"\d+(?:-\d+)*"
NORMS: Mapping[str | None, Norm] = {
    None: "none",
    "-bn": "batch",
    "-ln": "layer",
    "-gn": "group",
}


def from_short_name(name: str) -> Architecture | None:
    """The network of that short name; `None` where it is none."""
    for pattern, make in _FORMS.items():
        if found := re.fullmatch(pattern, name):
            return make(found)
    return None


def _perceptron(found: re.Match[str]) -> Architecture:
    runs = (run.split("x") for run in (found["sizes"] or "").split("-") if run)
    widths = tuple(int(size) for size, *count in runs for _ in range(int(*count or "1")))
    form = TanhMLP if found["tanh"] else MLP
    return form(widths, bias=not found["bias"], norm=NORMS[found["norm"]])


def _vgg(found: re.Match[str]) -> Architecture | None:
    depth = int(found["depth"])
    if depth not in STAGES:
        return None
    norm, bias, stride = NORMS[found["norm"]], not found["bias"], int(found["stride"] or 1)
    return VGG(depth, int(found["width"]), norm, bias, _sizes(found["hidden"]), stride)  # type: ignore[arg-type]


def _resnet18(found: re.Match[str]) -> Architecture:
    return ResNet18(int(found["width"]), NORMS[found["norm"]], not found["bias"])


def _resnet20(found: re.Match[str]) -> Architecture:
    return ResNet20(float(found["width"]), NORMS[found["norm"]], int(found["stride"] or 1))


def _resnext20(found: re.Match[str]) -> Architecture:
    return ResNeXt20(float(found["width"]), int(found["groups"]), NORMS[found["norm"]])


def _recurrent(found: re.Match[str]) -> Architecture:
    form = RowLSTM if found["kind"] == "lstm" else RowGRU
    return form(int(found["width"]), int(found["depth"] or 1))


def _gpt(found: re.Match[str]) -> Architecture:
    depth, heads, width = (int(found[size]) for size in ("depth", "heads", "width"))
    return GPT(depth=depth, heads=heads, width=width)


def _vit(found: re.Match[str]) -> Architecture:
    depth, heads, width = (int(found[size]) for size in ("depth", "heads", "width"))
    return TorchvisionViT(int(found["patch"] or 4), depth, heads, width)


def _densenet(found: re.Match[str]) -> Architecture:
    return TorchvisionDenseNet(int(found["growth"]), _sizes(found["blocks"]), int(found["width"]))


def _shufflenet(found: re.Match[str]) -> Architecture:
    repeats = _sizes(found["repeats"]) or (2, 2, 2)
    return TorchvisionShuffleNet(repeats, _sizes(found["channels"]))  # type: ignore[arg-type]


def _sizes(text: str | None) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split("-")) if text else ()


_FORMS: Mapping[str, Callable[[re.Match[str]], Architecture | None]] = {
    rf"(?:linear|mlp{LAYERS}){NORM_AND_BIAS}(?P<tanh>-tanh)?": _perceptron,
    rf"vgg(?P<depth>\d+)-w(?P<width>\d+){STRIDE}(?:-h(?P<hidden>{SIZES}))?{NORM_AND_BIAS}": _vgg,
    rf"resnet18-w(?P<width>\d+){NORM_AND_BIAS}": _resnet18,
    rf"resnet20-w(?P<width>\d+(?:\.\d+)?){STRIDE}{NORM}": _resnet20,
    rf"resnext20-w(?P<width>\d+(?:\.\d+)?)-g(?P<groups>\d+){NORM}": _resnext20,
    r"(?P<kind>lstm|gru)-w(?P<width>\d+)(?:-l(?P<depth>\d+))?": _recurrent,
    r"gpt-l(?P<depth>\d+)-h(?P<heads>\d+)-w(?P<width>\d+)": _gpt,
    r"vit(?:-p(?P<patch>\d+))?-l(?P<depth>\d+)-h(?P<heads>\d+)-w(?P<width>\d+)": _vit,
    rf"densenet-g(?P<growth>\d+)-(?P<blocks>{SIZES})-w(?P<width>\d+)-bn": _densenet,
    r"shufflenet-(?P<channels>\d+(?:-\d+){4})(?:-r(?P<repeats>\d+(?:-\d+){2}))?-bn": _shufflenet,
}
"""Pattern of a short name -> what makes its network; `results/labels.py` writes these names."""
