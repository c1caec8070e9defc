"""Matching units by their sorted weights, which are the same whatever the order of other units."""

from collections.abc import Mapping
from math import prod

import numpy as np
import torch
from torch import Tensor

from ...symmetry.axes import Params, Symmetry
from ...symmetry.blocks import Block, blocks
from ...symmetry.maps import Permutation
from ...symmetry.nesting import Place, outer_places
from ...symmetry.reorderings import Reorderings
from ..assignment import assign
from .families import families


def match_sorted(
    symmetry: Symmetry, fixed: Params, moving: Params, dtype: torch.dtype = torch.float32
) -> Reorderings:
    """Maps of every group at once, by what each pair of units could gain at most.

    By the rearrangement inequality no order of all other units gives two units a larger inner
    product than their weights have in ascending order. So no group has to be placed before another,
    and what is planted without noise is found wherever the weights of two units never differ in
    their order alone. Positions that cannot move, such as the taps of a kernel, are compared one by
    one. With noise it is a guess, the better the more units differ in the spread of their weights.
    """
    gains = _gains(symmetry, fixed, moving, dtype)
    found = Reorderings()
    for family in families(symmetry):
        if family.is_plain:
            found[family.root] = Permutation(assign(gains[family.root]))
        else:
            own = {m: family.within_outer(gains[m], m) for m in family.members}
            found |= family.match(own)
    return found


def _gains(
    symmetry: Symmetry, fixed: Params, moving: Params, dtype: torch.dtype
) -> Mapping[str, Tensor]:
    """Group -> (all, all): units within others are all told apart, as in `Nested.index`."""
    gains: dict[str, Tensor] = {}
    for name, tensor in fixed.items():
        for block in blocks(symmetry.axes[name]):
            pieces = [block.of(t.detach().to(dtype)) for t in (tensor, moving[name])]
            for place in block.places:
                if (group := block.factor(place).group) is None:
                    continue
                a, b = (_sorted(block, piece, place) for piece in pieces)
                usual = a.mean(0)  # tells no pair apart, and is large beside what does
                gain = (a - usual) @ (b - usual).T
                gains[group] = gains[group] + gain if group in gains else gain
    return gains


def _sorted(block: Block, piece: Tensor, place: Place) -> Tensor:
    """(outer x units, d): at each fixed position of the block what the units have, ascending."""
    rows = [*outer_places(block.axes, place), place]
    rest = [p for p in block.places if p not in rows]
    still = [p for p in rest if block.factor(p).group is None]
    moves = [p for p in rest if block.factor(p).group is not None]
    lines = (rows, still, moves)
    order = [block.places.index(p) for line in lines for p in line]
    sizes = [prod(block.factor(p).size for p in line) for line in lines]
    return _ascending(piece.permute(order).reshape(sizes)).flatten(1)


def _ascending(x: Tensor) -> Tensor:
    """`x` sorted along its last dimension: on the CPU by numpy, in an eighth of PyTorch's time."""
    if x.device.type != "cpu":
        return x.sort().values
    return torch.from_numpy(np.sort(x.numpy()))
