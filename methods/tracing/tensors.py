"""What the abstract run of a network knows of a tensor: how each of its axes moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from .factors import ONE, Expression, fixed, fresh, length, pin, resolve
from .ties import divide, narrow, tie

ParameterAxis = tuple[str, int]
"""A parameter and one of its dimensions."""


class View:
    """One axis seen as several, the tie put off until it is known what they are for.

    Queries, keys and values are often one axis, seen as 3 x n, of which the outer dimension is
    only ever selected from. They are then three slices that move independently; a product tied at
    once would bind them together. Any other use settles the view as a product.
    """

    def __init__(self, source: Expression, sizes: Sequence[int]):
        self.source = source
        self.sizes = tuple(sizes)
        self._parts: tuple[Expression, ...] | None = None
        self._inside: dict[int, tuple[tuple[Expression, ...], View]] = {}

    @property
    def is_settled(self) -> bool:
        return self._parts is not None

    def settle(self) -> tuple[Expression, ...]:
        """The dimensions as expressions of their own."""
        if self._parts is None:
            self._parts = divide(self.source, self.sizes)
        return self._parts

    def select(self, index: int) -> "tuple[Dimension, ...]":
        """The inner dimensions at one `index` of the outermost."""
        return self.narrow(index, index + 1)[1:]

    def narrow(self, start: int, stop: int) -> "tuple[Dimension, ...]":
        """All dimensions, of the outermost the positions from `start` to `stop`."""
        inner = self.sizes[1:]
        source = narrow(self.source, start * prod(inner), stop * prod(inner))
        if stop - start == 1:
            return (ONE, *dimensions(source, inner))
        return dimensions(source, (stop - start, *inner))

    def inside(self, place: int) -> "tuple[tuple[Expression, ...], View]":
        """The dimensions before number `place` by themselves, and a view of all the others."""
        if place not in self._inside:
            rest = self.sizes[place:]
            *outer, inner = divide(self.source, (*self.sizes[:place], prod(rest)))
            self._inside[place] = tuple(outer), View(inner, rest)
        return self._inside[place]

    def divided(self, place: int, sizes: Sequence[int]) -> "View":
        """The same axis with dimension number `place` seen as several."""
        return View(self.source, (*self.sizes[:place], *sizes, *self.sizes[place + 1 :]))


@dataclass(frozen=True)
class Piece:
    """Dimension number `place` of a view."""

    view: View
    place: int

    @property
    def size(self) -> int:
        return self.view.sizes[self.place]


Dimension = Expression | Piece


def dimensions(source: Expression, sizes: Sequence[int]) -> tuple[Dimension, ...]:
    """The axis `source` as dimensions of these `sizes`, settled later if there are several."""
    if sum(size != 1 for size in sizes) <= 1:
        return tuple(source if size != 1 else ONE for size in sizes)
    view = View(source, sizes)
    return tuple(Piece(view, place) for place in range(len(sizes)))


@dataclass(frozen=True, eq=False)
class AbstractTensor:
    """A tensor of the abstract run.

    `raw` holds the dimensions, some perhaps not settled. `origins` tells, for a tensor computed
    from parameters alone, which parameter's dimensions each of its own comes from; it is `None`
    for a tensor that depends on the input. `numbers` are those of a short row of whole numbers that
    is the same in every network, such as positions to be taken.
    """

    raw: tuple[Dimension, ...]
    origins: tuple[frozenset[ParameterAxis], ...] | None = None
    numbers: tuple[int, ...] | None = None

    @property
    def dims(self) -> tuple[Expression, ...]:
        """Every dimension as an expression; settles the views."""
        return tuple(
            resolve(d.view.settle()[d.place] if isinstance(d, Piece) else d) for d in self.raw
        )

    @property
    def is_settled(self) -> bool:
        """Whether asking for `dims` ties nothing any more."""
        return all(d.view.is_settled for d in self.raw if isinstance(d, Piece))

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(d.size if isinstance(d, Piece) else length(d) for d in self.raw)

    @property
    def ndim(self) -> int:
        return len(self.raw)

    def settled(self) -> "AbstractTensor":
        """The same tensor with every view settled."""
        return AbstractTensor(self.dims, self.origins)

    def take(self, order: Sequence[int | None]) -> "AbstractTensor":
        """The dimensions in a new `order`; `None` is a new dimension of size 1."""
        nothing: frozenset[ParameterAxis] = frozenset()
        return AbstractTensor(
            tuple(ONE if i is None else self.raw[i] for i in order),
            self.origins and tuple(nothing if i is None else self.origins[i] for i in order),
        )

    def replace(self, dim: int, by: Dimension) -> "AbstractTensor":
        """The tensor with another dimension in the place of `dim`."""
        dim %= self.ndim
        return AbstractTensor((*self.raw[:dim], by, *self.raw[dim + 1 :]), self.origins)

    def pin(self, dims: Sequence[int] | None = None) -> "AbstractTensor":
        """The same tensor, the given dimensions (default: all) fixed."""
        for dim in range(self.ndim) if dims is None else dims:
            pin(self.dims[dim])
        return self


def immovable(shape: Sequence[int]) -> AbstractTensor:
    """A tensor of which no position may move."""
    return AbstractTensor(tuple(fixed(size) for size in shape))


def free(shape: Sequence[int]) -> AbstractTensor:
    """A tensor of which nothing is known, or that is the same everywhere: any position may move."""
    return AbstractTensor(tuple(fresh(size) for size in shape))


def broadcast(*values: AbstractTensor) -> tuple[Expression, ...]:
    """The dimensions of an elementwise result; those of equal size move alike."""
    result: list[Expression] = []
    for place in range(1, max((v.ndim for v in values), default=0) + 1):
        present = [v.dims[-place] for v in values if v.ndim >= place and v.sizes[-place] != 1]
        for other in present[1:]:
            tie(present[0], other)
        result.append(present[0] if present else ONE)
    return tuple(reversed(result))


def elementwise(*values: AbstractTensor) -> AbstractTensor:
    """The result of any function of the elements of `values` at one position."""
    dims = broadcast(*values)
    if any(v.origins is None for v in values):
        return AbstractTensor(dims)
    origins = [
        frozenset[ParameterAxis]().union(
            *(v.origins[-p] for v in values if v.origins and v.ndim >= p and v.sizes[-p] != 1)
        )
        for p in range(len(dims), 0, -1)
    ]
    return AbstractTensor(dims, tuple(origins))


def dims_of(value: AbstractTensor, dims: int | Sequence[int] | None) -> list[int]:
    """Dimensions as a list of non-negative numbers; `None` means all."""
    if dims is None:
        return list(range(value.ndim))
    return [d % value.ndim for d in ([dims] if isinstance(dims, int) else dims)]
