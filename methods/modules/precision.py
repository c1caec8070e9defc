"""In which precision networks are computed, and in which they are given back."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ...errors import UserError
from ..symmetry.axes import Params

FULL = (torch.float32, torch.float64)
"""Everything else that floats is for storing: sums of many products in it are wrong."""


def is_reduced(tensor: Tensor) -> bool:
    """Whether the numbers are stored in less than float32: half, bfloat16, float8."""
    return tensor.is_floating_point() and tensor.dtype not in FULL


def in_full(params: Mapping[str, Tensor]) -> Params:
    """The same numbers to compute with: float32, or float64 for all where one is; no copy of those.

    Integers and truth values stay.
    """
    double = any(value.dtype == torch.float64 for value in params.values())
    full = torch.float64 if double else torch.float32
    return {n: v.to(full) if v.is_floating_point() else v for n, v in params.items()}


def changed(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> dict[str, torch.dtype]:
    """Name -> the type that a tensor came in, where it is computed in another."""
    return {n: v.dtype for n, v in before.items() if n in after and after[n].dtype != v.dtype}


def as_they_came(params: Mapping[str, Tensor], stored: Mapping[str, torch.dtype]) -> Params:
    """`params` in the types `stored` says they came in; `UserError` where a number does not fit."""
    found = dict(params)
    for name in stored.keys() & found.keys():
        value = found[name]
        if not value.is_floating_point():
            continue
        found[name] = value.to(stored[name])
        if value.isfinite().all() and not found[name].float().isfinite().all():
            kind = str(stored[name]).removeprefix("torch.")
            raise UserError(
                f"a number of {name!r} is too large for {kind}, in which the network came; "
                "give its parameters in float32"
            )
    return found
