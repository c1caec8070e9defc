"""What a merge is, however it came about: parameters of its first network's form."""

from collections.abc import Mapping
from math import prod
from typing import Any

from torch import Tensor

from ...errors import UserError, kind
from ..modules.same_numbers import same_numbers
from ..symmetry.axes import Symmetry
from .trained import Network


def check_form(network: Network, params: Any, what: str = "merged") -> None:
    """Raise `UserError` unless `params` are of the form of `network`, if perhaps of other widths.

    They have its names, types and shapes; a group may be wider or narrower, if it is so in every
    tensor that carries it. The names of a tied tensor have the same numbers: the module could hold
    no others. `what` they are is said in the sentence.
    """
    form = network.params
    if not isinstance(params, Mapping):
        raise UserError(f"the {what} parameters are {kind(params)}, not a dictionary of tensors")
    if missing := sorted(form.keys() - params.keys()):
        raise UserError(f"the {what} parameters lack {missing[0]!r}{_and_more(missing)}")
    if unknown := sorted(params.keys() - form.keys(), key=str):
        raise UserError(
            f"the networks have no parameter {unknown[0]!r}{_and_more(unknown)}, which the {what} "
            "parameters name"
        )
    for name, value in params.items():
        if not isinstance(value, Tensor):
            raise UserError(f"the {what} {name!r} is {kind(value)}, not a tensor")
        if value.dtype != form[name].dtype:
            types = [str(each.dtype).removeprefix("torch.") for each in (value, form[name])]
            raise UserError(f"the {what} {name!r} is {types[0]}, where {types[1]} would fit")
    _check_shapes(network.symmetry, params, what)
    for other, name in network.ties.items():
        if not same_numbers(params[name], params[other]):
            raise UserError(
                f"the {what} {name!r} and {other!r} have different numbers, and are one tensor in "
                "the networks"
            )


def in_its_precision(network: Network, params: Any) -> Any:
    """The floats of `params` in the precision in which `network` is computed, all else as it is."""
    if not isinstance(params, Mapping):
        return params
    own = {n: v.dtype for n, v in network.params.items() if v.is_floating_point()}
    return {
        n: v.to(own[n]) if n in own and isinstance(v, Tensor) and v.is_floating_point() else v
        for n, v in params.items()
    }


def _check_shapes(symmetry: Symmetry, params: Mapping[str, Tensor], what: str) -> None:
    widths = _widths(symmetry, params)
    for name, axes in symmetry.axes.items():
        shape = tuple(params[name].shape)
        wanted = tuple(
            sum(prod(widths.get(f.group, f.size) for f in segment) for segment in axis.segments)
            for axis in axes
        )
        if shape != wanted:
            raise UserError(f"the {what} {name!r} has the shape {shape}, where {wanted} would fit")


def _widths(symmetry: Symmetry, params: Mapping[str, Tensor]) -> dict[str | None, int]:
    """Group -> units in `params`, read from the first axis that carries it alone."""
    widths: dict[str | None, int] = {}
    for name, axes in symmetry.axes.items():
        for axis, size in zip(axes, params[name].shape, strict=False):
            segment = axis.segments[0] if len(axis.segments) == 1 else ()
            if len(segment) == 1 and segment[0].group is not None:
                widths.setdefault(segment[0].group, size)
    return widths


def _and_more(names: list[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""
