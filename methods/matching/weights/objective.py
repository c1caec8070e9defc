"""Inner products of networks in float64, a block of numbers at a time."""

from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor

from ...symmetry.axes import Params, Symmetry
from ...symmetry.maps import Map
from ...symmetry.parts import parts_in_basis

BLOCK = 2**16
"""Numbers that are copied at a time: more than a processor keeps near it is slower, too."""


def weight_objective(fixed: Params, moved: Params) -> float:
    """vec(fixed) . vec(moved) over all floating-point tensors, summed in float64."""
    return _sum((a, moved[name]) for name, a in fixed.items() if a.is_floating_point())


def matched_objective(
    symmetry: Symmetry, fixed: Params, moving: Params, maps: Mapping[str, Map]
) -> float:
    """The same of `fixed` and of `moving` as `maps` put it, which is never held as a whole."""

    def parts() -> Iterator[tuple[Tensor, Tensor]]:
        for name, a in fixed.items():
            if a.is_floating_point():
                for rows, moved in parts_in_basis(symmetry, name, moving[name], maps, BLOCK):
                    yield a[rows], moved

    return _sum(parts())


def _sum(pairs: Iterable[tuple[Tensor, Tensor]]) -> float:
    """Of the inner products of all `pairs`; small tensors go together."""
    total, waiting, held = 0.0, list[tuple[Tensor, Tensor]](), 0
    for a, b in pairs:
        if a.numel() > BLOCK:
            total += sum(
                _dot(x, y)
                for x, y in zip(a.flatten().split(BLOCK), b.flatten().split(BLOCK), strict=True)
            )
            continue
        if waiting and held + a.numel() > BLOCK:
            total += _dot(*(torch.cat(side) for side in zip(*waiting, strict=True)))
            waiting, held = [], 0
        waiting.append((a.flatten(), b.flatten()))
        held += a.numel()
    if waiting:
        total += _dot(*(torch.cat(side) for side in zip(*waiting, strict=True)))
    return total


def _dot(a: Tensor, b: Tensor) -> float:
    return float(torch.dot(a.detach().double(), b.detach().double()))
