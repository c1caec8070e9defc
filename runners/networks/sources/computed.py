"""What a network computes, in words that are the same in every process."""

import re

from torch import Tensor, nn

from ....errors import UserError
from ....methods.modules.twin import tensors
from ....methods.tracing.export import export
from ....methods.tracing.functions.steps import digest_of

_ADDRESS = re.compile(r"0x[0-9a-f]+")


def words_of(module: nn.Module, images: Tensor) -> tuple[str, ...]:
    """The layers of `module`, the shapes of its tensors, and digests of its graphs of both modes.

    So constants and helper functions count, and files and variables that decide on these; numbers
    of its parameters and buffers do not. `images` are what it takes.
    """
    shapes = {name: tuple(value.shape) for name, value in tensors(module).items()}
    graphs = (_graph(module, images, training) for training in (False, True))
    return _ADDRESS.sub("", str(module)), str(shapes), *graphs


def _graph(module: nn.Module, images: Tensor, training: bool) -> str:
    """A digest of what `module` computes; empty where it has no graph, which `trace` refuses."""
    device = next((value.device for value in tensors(module).values()), images.device)
    try:
        return digest_of(export(module, images.to(device), training=training))
    except UserError:
        return ""
