"""A network of this process alone, which no text names: as `compare` in Python is handed some."""

import copy
import hashlib
import inspect
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from ....errors import UserError
from ....methods.modules.forms import logits_of
from ....methods.modules.usable import check_usable
from ..base import Architecture
from .computed import words_of

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

    What is measured of one network is read back for another of the same form: so what no text
    shows counts as well.
    """
    check_usable(module)
    form = type(module)
    try:
        written = inspect.getsource(form)
    except (OSError, TypeError):  # typed into a console
        written = ""
    whole = "\n".join((form.__qualname__, written, *words_of(module, images)))
    code = hashlib.sha256(whole.encode()).hexdigest()[:8]
    _KNOWN[code] = module
    return LiveNetwork(form.__name__, code)
