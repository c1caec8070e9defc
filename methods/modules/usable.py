"""Modules that no network can be made of, each with one sentence that says what to give instead."""

from typing import Any

import torch
from torch import nn

from ...errors import UserError
from .shared_memory import overlapping
from .twin import tensors

WRAPPERS: dict[str, str] = {
    "OptimizedModule": "_orig_mod",
    "DataParallel": "module",
    "DistributedDataParallel": "module",
}
"""What only wraps a module, and the attribute that holds it."""


def check_usable(module: Any) -> None:
    """`UserError` unless `module` is one that can be copied, traced and given other tensors.

    Its parameters may be on the meta device; its buffers too, where a checkpoint holds them.
    """
    if not isinstance(module, nn.Module):
        raise UserError(f"a network is made of a torch.nn.Module, not {type(module).__name__}")
    kind = type(module).__name__
    if inside := WRAPPERS.get(kind):
        raise UserError(
            f"{kind} only wraps the network: give the module inside, model.{inside}, "
            "with its own state_dict()"
        )
    if isinstance(module, torch.jit.ScriptModule):
        raise UserError(
            "a TorchScript module cannot be merged: give the nn.Module that it was made of"
        )
    own = tensors(module)
    for name, tensor in (*own.items(), *module.named_buffers(remove_duplicate=False)):
        if nn.parameter.is_lazy(tensor):
            raise UserError(f"{name!r} has no shape yet: run the network on one batch first")
    if pair := overlapping(module):
        raise UserError(
            f"{pair[0]!r} and {pair[1]!r} lie in one memory and are not one tensor, such as one "
            "that is transposed: give each its own numbers"
        )
    for name, buffer in module.named_buffers(remove_duplicate=False):
        if buffer.is_meta and name not in own:
            raise UserError(
                f"the buffer {name!r}, which no checkpoint holds, is on the meta device"
            )
