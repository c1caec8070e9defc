"""Networks of torchvision by their names, `torchvision:resnet18`, with no weights of theirs."""

from inspect import signature
from typing import Any

import torch
from torch import nn

from ....errors import UserError, nearest, require
from .python_code import code_files
from .source import Examples, Source

WEIGHTS = ("weights", "weights_backbone", "pretrained", "pretrained_backbone")
"""Arguments that would have weights downloaded."""

VIDEO = "torchvision.models.video"


def of_torchvision(name: str) -> Source:
    """The function of torchvision's that makes the network called `name`."""
    require("run", "torchvision")
    from torchvision.models import get_model_builder, list_models

    if name not in (known := list_models()):
        raise nearest("network of torchvision", name, known)
    builder = get_model_builder(name)
    empty = {word: None for word in WEIGHTS[:2] if word in signature(builder).parameters}

    def make(**arguments: Any) -> nn.Module:
        if asked := next((word for word in WEIGHTS if arguments.get(word)), None):
            raise UserError(
                f"the argument {asked!r} of torchvision:{name} would download weights: give a "
                "checkpoint in its place"
            )
        return builder(**empty, **{n: v for n, v in arguments.items() if n not in WEIGHTS})

    files = code_files(builder)
    return Source(make, files, examples=_examples(builder.__module__))


def _examples(module: str) -> Examples:
    """Images of two sizes, or videos of two lengths."""
    shapes = [(3, 16, 112, 112), (3, 8, 112, 112)] if module.startswith(VIDEO) else _IMAGES
    return lambda _: tuple(torch.zeros(2, *shape) for shape in shapes)


_IMAGES = [(3, 224, 224), (3, 256, 256)]
