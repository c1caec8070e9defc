"""What one tensor adds to the gains of a group whose units it carries.

Of a tensor nothing is kept but the order in which its positions were met last: memory holds the
two networks, the gains, and copies of a block of `BLOCK` numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from ...symmetry.axes import Occurrence, Symmetry
from ...symmetry.maps import Reordering

Maps = Mapping[str, Reordering]

BLOCK = 2**22
"""Numbers of a tensor that are copied at a time: enough for products at full speed."""

ALL = slice(None)


class FixedTerm:
    """A tensor on which no other axis moves."""

    def __init__(self, symmetry: Symmetry, place: Occurrence):
        self.name = place.name
        axes = symmetry.axes[place.name]
        self.is_vector = len(axes) == 1
        segments = axes[0].segments
        self._is_plain_vector = (
            self.is_vector and len(segments) == 1 == len(segments[0]) and axes[0].order is None
        )
        self._symmetry = symmetry
        self._place = place

    def rows(self, tensor: Tensor) -> Tensor:
        """(units, d): what each unit has of it."""
        if self._is_plain_vector:  # as biases and norms are
            return tensor.detach()[:, None]
        return self._symmetry.unfold(tensor.detach(), self._place)


def add_products(gain: Tensor, fixed: Tensor, moving: Tensor) -> None:
    """Add the inner products of rows (units, d), a block at a time."""
    for part in _parts(fixed.shape[1], fixed.shape[0]):
        gain.addmm_(fixed[:, part].to(gain.dtype), moving[:, part].to(gain.dtype).T)


@dataclass(frozen=True, eq=False)
class Move:
    """The order `index` of an axis's positions, and which of them (`moved`) had another before."""

    index: Tensor
    moved: Tensor

    @property
    def share(self) -> float:
        return self.moved.shape[0] / self.index.shape[0]


class PairTerm:
    """A tensor on which one other axis moves.

    It is added whole, or, where few positions of that axis have moved since, corrected by a product
    over these alone.
    """

    def __init__(self, symmetry: Symmetry, place: Occurrence, dim: int):
        self.name = place.name
        self.numbers = prod(axis.size for axis in symmetry.axes[place.name])
        self.groups = symmetry.axes[place.name][dim].groups
        self._axis = symmetry.axes[place.name][dim]
        self._symmetry = symmetry
        self._place = place
        self._dim = dim
        self._seen: Maps = {}
        self._index: Tensor | None = None

    def forget(self) -> None:
        """The order in which the tensor was met."""
        self._index = None

    def move(self, maps: Maps, device: torch.device) -> Move:
        """From the order in which the tensor was last met, or from none, to that of `maps`."""
        if self._index is not None and all(maps[g] is seen for g, seen in self._seen.items()):
            return Move(self._index, self._index[:0])
        self._seen = {g: maps[g] for g in self.groups}
        index = self._axis.index(maps, device)
        if self._index is None:
            return Move(index, index)
        return Move(index, (index != self._index).nonzero()[:, 0])

    def add(self, gain: Tensor, fixed: Tensor, moving: Tensor, move: Move) -> None:
        index = self._index = move.index
        a, b = self._units(fixed), self._units(moving)
        stays = torch.equal(index, torch.arange(index.shape[0], device=index.device))
        for part in _parts(index.shape[0], self.numbers // index.shape[0]):
            there = _rows(b, part if stays else index[part])
            gain.addmm_(_rows(a, part).to(gain.dtype), there.to(gain.dtype).T)

    def correct(self, gain: Tensor, fixed: Tensor, moving: Tensor, move: Move) -> None:
        """What `gain` has of this tensor, by the move."""
        before, self._index = self._index, move.index
        if before is None:
            return
        a, b = self._units(fixed), self._units(moving)
        for part in _parts(move.moved.shape[0], 2 * self.numbers // before.shape[0]):
            at = move.moved[part]
            change = _rows(b, move.index[at]).to(gain.dtype)  # a copy: positions are picked
            change -= _rows(b, before[at])
            gain.addmm_(_rows(a, at).to(gain.dtype), change.T)

    def _units(self, tensor: Tensor) -> Tensor:
        return self._symmetry.units_and_positions(tensor.detach(), self._place, self._dim)


class AnyTerm:
    """A tensor on which more axes move: computed anew whenever one of their groups has moved."""

    def __init__(self, symmetry: Symmetry, place: Occurrence, groups: frozenset[str]):
        self.name = place.name
        self.groups = groups
        self._symmetry = symmetry
        self._place = place
        self._seen: Maps = {}
        self.value: Tensor | None = None  # (units, units): as it was last computed

    def forget(self) -> None:
        """What was computed last."""
        self.value = None

    def correct(self, gain: Tensor, fixed: Tensor, moving: Tensor, maps: Maps) -> None:
        """What `gain` has of this tensor, nothing at first, to what it adds under `maps`."""
        if self.value is not None and all(maps[g] is seen for g, seen in self._seen.items()):
            return
        self._seen = {g: maps[g] for g in self.groups}
        a = self._symmetry.unfold(fixed.detach(), self._place).to(gain.dtype)
        b = self._symmetry.unfold(moving.detach(), self._place, maps).to(gain.dtype)
        value = a @ b.T
        gain += value if self.value is None else value - self.value
        self.value = value

    def add(self, gain: Tensor) -> None:
        """As it was last computed."""
        if self.value is not None:
            gain += self.value


def _parts(positions: int, numbers: int) -> Iterator[slice]:
    """All `positions`, of `numbers` each, in slices of a block."""
    step = max(1, BLOCK // numbers)
    if step >= positions:
        yield ALL
        return
    for start in range(0, positions, step):
        yield slice(start, start + step)


def _rows(x: Tensor, positions: slice | Tensor) -> Tensor:
    """(units, positions x rest): these positions of `x` (units, positions, rest ...).

    No copy where memory allows a view, and one where it does not.
    """
    if x.stride(0) >= x.stride(1):
        if isinstance(positions, slice):
            return x[:, positions].flatten(1)
        return x.index_select(1, positions).flatten(1)
    x = x.movedim(0, -1)
    part = x[positions] if isinstance(positions, slice) else x.index_select(0, positions)
    return part.flatten(0, -2).T
