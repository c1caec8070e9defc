"""What networks take and give: tensors, tuples, keyword arguments, dictionaries, dataclasses."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import torch
from torch import Tensor

from ...errors import UserError


@dataclass(frozen=True, eq=False)
class Inputs:
    """Positional and keyword arguments of one call, where a tuple or a dictionary is not enough.

    A module whose one argument is itself a tuple or a dictionary gets it by `Inputs((batch,))`.
    """

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


Batch = Tensor | tuple[Any, ...] | list[Any] | Mapping[str, Any] | Inputs
"""A batch of inputs: a tensor, a tuple of positional arguments, a dictionary of keyword arguments,
or `Inputs` of both."""

Output = Callable[[Any], Tensor] | str
"""Where the logits are in what a network returns: a function of it, or the name that they have."""


def arguments(x: Batch) -> Inputs:
    """The arguments of a call on the batch `x`; `UserError` where it is none of the forms."""
    if isinstance(x, Inputs):
        return x
    if isinstance(x, Tensor):
        return Inputs((x,))
    if isinstance(x, Mapping):
        return Inputs(kwargs=dict(x))
    if isinstance(x, (tuple, list)):
        return Inputs(tuple(x))
    raise UserError(
        f"inputs are a tensor, a tuple (positional arguments), a dictionary (keyword arguments) "
        f"or Inputs(args, kwargs), not {type(x).__name__}"
    )


def in_precision(x: Any, dtype: torch.dtype) -> Any:
    """`x` with every floating tensor in it as `dtype`, in whatever tuples and dictionaries."""
    if isinstance(x, Tensor):
        return x.to(dtype) if x.is_floating_point() and x.dtype != dtype else x
    if isinstance(x, Inputs):
        return Inputs(in_precision(x.args, dtype), in_precision(x.kwargs, dtype))
    if type(x) in (tuple, list):
        return type(x)(in_precision(value, dtype) for value in x)
    if isinstance(x, Mapping):
        return {name: in_precision(value, dtype) for name, value in x.items()}
    return x


def tensors_of(x: Any) -> Iterator[Tensor]:
    """Every tensor in `x`, in the order of the arguments."""
    if isinstance(x, Tensor):
        yield x
    elif isinstance(x, Inputs):
        yield from tensors_of((x.args, x.kwargs))
    elif isinstance(x, Mapping):
        yield from tensors_of(tuple(x.values()))
    elif isinstance(x, (tuple, list)):
        for value in x:
            yield from tensors_of(value)


def logits_of(result: Any, output: Output | None = None) -> Tensor:
    """The logits in what a network returned.

    A tensor itself; of a dictionary, a named tuple or a dataclass its `logits`, else its first
    tensor; of a tuple its first tensor; or whatever `output` finds. `UserError` where there is no
    tensor.
    """
    if output is not None:
        found = _named(result, output) if isinstance(output, str) else output(result)
        if not isinstance(found, Tensor):
            word = repr(output) if isinstance(output, str) else "its function"
            raise UserError(f"output={word} gives {type(found).__name__} and not a tensor")
        return found
    if isinstance(result, Tensor):
        return result
    if isinstance(found := _named(result, "logits"), Tensor):
        return found
    if is_dataclass(result) and not isinstance(result, Mapping):
        result = tuple(getattr(result, each.name) for each in fields(result))
    first = next(tensors_of(result), None)
    if first is None:
        raise UserError(
            f"the network returns {type(result).__name__}, in which no tensor was found; "
            "say by output=... where its logits are"
        )
    return first


def _named(result: Any, name: str) -> Any:
    if isinstance(result, Mapping):
        return result.get(name)
    return getattr(result, name, None)
