"""A module called with parameters that are not its own, whatever its inputs and outputs are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import UserError
from ..modules.forms import Batch, Output, arguments, in_precision, logits_of
from ..modules.precision import in_full, is_reduced
from ..modules.signature import Signature
from ..modules.twin import calls_change, slots_of_one_place, tensors
from .checks import listed


@dataclass(frozen=True, eq=False)
class Caller:
    """What a call of one module has to mind, found once."""

    module: nn.Module
    second_names: frozenset[str]
    written: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, module: nn.Module) -> "Caller":
        """The caller of `module`."""
        second = slots_of_one_place(module)
        return cls(module, second, calls_change(module), frozenset(tensors(module)) - second)

    def __call__(self, params: Mapping[str, Tensor], x: Batch) -> Any:
        """What the module returns for the inputs `x` with `params`, which stay as they are.

        Half precision is computed in float32; floating inputs are taken in the precision of the
        parameters. Each name of a tied tensor counts, but a layer with two names is one. Raises
        `UserError` where `params` lack a tensor (the module's own would take its place), and where
        the forward pass does not take such arguments.
        """
        if missing := self.names - params.keys():
            raise UserError(
                f"the parameters lack {listed(sorted(missing))} of {type(self.module).__name__}"
            )
        used = in_full(params) if any(map(is_reduced, params.values())) else params
        own = {n: v for n, v in used.items() if n not in self.second_names}
        for name in self.written & own.keys():
            own[name] = own[name].clone()
        precision = next((v.dtype for v in own.values() if v.is_floating_point()), None)
        given = arguments(x if precision is None else in_precision(x, precision))
        try:
            return torch.func.functional_call(
                self.module, own, given.args, dict(given.kwargs), tie_weights=False
            )
        except TypeError:
            Signature.of(self.module).by_name(x)
            raise


def call(module: nn.Module, params: Mapping[str, Tensor], x: Batch) -> Tensor:
    """The logits of a network's `module` for the inputs `x` with `params`: see `Caller`."""
    return logits_of(Caller.of(module)(params, x))


def give_logits(module: nn.Module, output: Output | None) -> None:
    """Have `module`, a twin, return its logits alone, in place; `output` says where they are.

    The twin of a twin returns them already, from where that one's `output` said.
    """
    before = [key for key, hook in module._forward_hooks.items() if isinstance(hook, _Logits)]
    if before and output is None:
        return
    for key in before:
        del module._forward_hooks[key]
    module.register_forward_hook(_Logits(output))


@dataclass(frozen=True)
class _Logits:
    """A forward hook, so that whoever calls the twin or a copy of it gets the logits."""

    output: Output | None

    def __call__(self, module: nn.Module, args: tuple[Any, ...], result: Any) -> Tensor:
        del module, args
        return logits_of(result, self.output)
