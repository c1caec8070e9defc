"""Networks of timm by their names, `timm:convnext_tiny`, with no weights of theirs."""

from importlib import import_module
from typing import Any

import torch
from torch import nn

from ....errors import UserError, nearest, require
from .python_code import code_files
from .source import Source


def of_timm(name: str) -> Source:
    """The function of timm's that makes the network called `name`."""
    require("models", "timm")
    timm: Any = import_module("timm")  # a type checker need not have it

    bare = name.partition(".")[0]  # without the tag of some weights
    if not timm.is_model(bare):
        raise nearest("network of timm", bare, timm.list_models())

    def make(**arguments: Any) -> nn.Module:
        if arguments.pop("pretrained", False):
            raise UserError(
                f"the argument 'pretrained' of timm:{name} would download weights: give a "
                "checkpoint in its place"
            )
        return timm.create_model(name, pretrained=False, **arguments)

    return Source(make, code_files(timm.model_entrypoint(bare)), examples=_examples)


def _examples(module: nn.Module) -> tuple[Any, ...]:
    """Images of the size that its own settings name, and larger ones for networks that take any."""
    settings = getattr(module, "pretrained_cfg", None) or getattr(module, "default_cfg", None) or {}
    channels, height, width = settings.get("input_size", (3, 224, 224))
    own = getattr(getattr(module, "patch_embed", None), "img_size", None)
    height, width = own if isinstance(own, tuple) else (height, width)
    sizes = ((height, width), (height + 32, width + 32))
    return tuple(torch.zeros(2, channels, *size) for size in sizes)
