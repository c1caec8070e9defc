"""A network of this process alone, which no text names: as `compare` in Python is handed some."""

import copy
import hashlib
import inspect
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from ....errors import UserError
from ....methods.modules.forms import logits_of
from ....methods.modules.twin import tensors
from ....methods.tracing.export import export
from ....methods.tracing.functions.steps import digest_of
from ..base import Architecture

_KNOWN: dict[str, nn.Module] = {}
"""Code -> a network of that form."""


@dataclass(frozen=True)
class LiveNetwork(Architecture):
    """The form of a network that was handed over as an object; make one with `live_network`.

    `code` is a digest of its layers, the code of its class and all that it computes. It cannot be
    made in another process, nor in another run.
    """

    kind: ClassVar[str] = "live"

    source: str
    code: str

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        del shape, classes
        if self.code not in _KNOWN:
            raise UserError(
                f"{self.source} is a network of one process, and no other can make it: name it as "
                "file.py:factory"
            )
        module = copy.deepcopy(_KNOWN[self.code])
        module.register_forward_hook(lambda _module, _inputs, result: logits_of(result))
        return module


def live_network(module: nn.Module, images: Tensor) -> LiveNetwork:
    """The form of `module`, which takes `images`, known in this process from now on.

    What is measured of one network is read back for another of the same form: so that counts which
    no text shows, constants and helper functions, by the graphs of both modes.
    """
    form = type(module)
    try:
        written = inspect.getsource(form)
    except (OSError, TypeError):  # typed into a console
        written = ""
    shapes = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    graphs = (_graph(module, images, training) for training in (False, True))
    whole = "\n".join((form.__qualname__, written, str(module), str(shapes), *graphs))
    code = hashlib.sha256(whole.encode()).hexdigest()[:8]
    _KNOWN[code] = module
    return LiveNetwork(form.__name__, code)


def _graph(module: nn.Module, images: Tensor, training: bool) -> str:
    """A digest of what `module` computes; empty where it has no graph, which `trace` refuses."""
    device = next((value.device for value in tensors(module).values()), images.device)
    try:
        return digest_of(export(module, images.to(device), training=training))
    except UserError:
        return ""
