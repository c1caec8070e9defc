"""Parameters that have a shape and no numbers: of networks that are too large to be held."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from torch.utils.weak import WeakIdKeyDictionary

from ...errors import UserError
from ..symmetry.axes import Params
from .precision import in_full
from .twin import tensors


@contextmanager
def parameters_on_meta() -> Iterator[None]:
    """Modules that are made within it hold their parameters on the meta device.

    Each layer makes its parameters as ever and loses them at once, so that memory holds one layer.
    Buffers and other tensors keep their numbers: masks and tables decide which units may move.
    """
    made: Any = WeakIdKeyDictionary()  # a parameter of two layers is one parameter here too

    def on_meta(module: nn.Module, name: str, given: nn.Parameter | None) -> nn.Parameter | None:
        del module, name
        if given is None or given.is_meta or nn.parameter.is_lazy(given):
            return None
        if given not in made:
            made[given] = nn.Parameter(given.detach().to("meta"), given.requires_grad)
        return made[given]

    hook = register_module_parameter_registration_hook(on_meta)  # type: ignore[arg-type]
    try:
        yield
    finally:
        hook.remove()


def in_some_memory(module: nn.Module) -> Params:
    """The tensors of `module` to be looked at: in full precision, those on the meta device too.

    These share one piece of memory, as large as the largest, whatever numbers it holds: nobody
    may read them but to see what a forward pass writes to. Raises `UserError` for a buffer on the
    meta device, whose numbers would count.
    """
    for name, buffer in module.named_buffers(remove_duplicate=False):
        if buffer.is_meta:
            raise UserError(
                f"the buffer {name!r} is on the meta device: parameters alone may be without "
                "numbers, as basinbench.parameters_on_meta() makes them"
            )
    found = in_full(tensors(module))
    blank = {name: value for name, value in found.items() if value.is_meta}
    if not blank:
        return found
    memory = torch.empty(-(-max(value.nbytes for value in blank.values()) // 8), dtype=torch.double)
    if len(blank) < len(found):  # there are buffers, and a forward pass may be asked about them
        memory.normal_()
    return found | {name: _within(memory, value) for name, value in blank.items()}


def _within(memory: Tensor, like: Tensor) -> Tensor:
    empty = torch.empty(0, dtype=like.dtype)
    return empty.set_(memory.untyped_storage(), 0, like.shape)  # type: ignore[call-overload]
