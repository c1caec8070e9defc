"""Inner products of networks in float64, a block of numbers at a time."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ..symmetry.axes import Params, Symmetry
from ..symmetry.maps import Map, Permutation

BLOCK = 2**20
"""Numbers that are copied at a time: more than a processor keeps near it is slower, too."""


def weight_objective(fixed: Params, moved: Params) -> float:
    """vec(fixed) . vec(moved) over all floating-point tensors, summed in float64."""
    return sum(_dot(a, moved[name]) for name, a in fixed.items() if a.is_floating_point())


def matched_objective(
    symmetry: Symmetry, fixed: Params, moving: Params, maps: Mapping[str, Map]
) -> float:
    """The same of `fixed` and of `moving` as `maps` put it, which is never held as a whole."""
    total = 0.0
    for name in fixed:
        a, b = fixed[name], moving[name]
        if not a.is_floating_point():
            continue
        axes = symmetry.axes[name]
        groups = frozenset[str]().union(*(axis.groups for axis in axes)) & maps.keys()
        if not groups:
            total += _dot(a, b)
        elif len(a) and all(isinstance(maps[g], Permutation) for g in groups):
            index = axes[0].index(maps, b.device)
            rows = max(1, BLOCK * len(a) // a.numel())
            for there, here in zip(index.split(rows), a.split(rows), strict=True):
                moved = b.index_select(0, there)
                for dim, axis in enumerate(axes[1:], 1):
                    moved = axis.apply(moved, dim, maps)
                total += _dot(here, moved)
        else:
            total += _dot(a, symmetry.transport({name: b}, maps)[name])
    return total


def _dot(a: Tensor, b: Tensor) -> float:
    parts = zip(a.flatten().split(BLOCK), b.flatten().split(BLOCK), strict=True)
    return sum(float(torch.dot(x.double(), y.double())) for x, y in parts)
