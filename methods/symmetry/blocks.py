"""Tensors cut into blocks: of every axis one segment, of every segment its factors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from torch import Tensor

from .axis import Axis, Factor, Segment
from .nesting import Place, factor_at


@dataclass(frozen=True)
class Block:
    """The part of a tensor with these `axes` that has segment `chosen[i]` of each axis `i`."""

    axes: tuple[Axis, ...]
    chosen: tuple[int, ...]

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(axis.segments[s] for axis, s in zip(self.axes, self.chosen, strict=True))

    @property
    def places(self) -> tuple[Place, ...]:
        """Where each factor of the block stands in the tensor, in order."""
        return tuple(
            Place(dim, self.chosen[dim], i)
            for dim, segment in enumerate(self.segments)
            for i in range(len(segment))
        )

    @property
    def factors(self) -> tuple[Factor, ...]:
        return tuple(factor for segment in self.segments for factor in segment)

    def factor(self, place: Place) -> Factor:
        return factor_at(self.axes, place)

    def of(self, tensor: Tensor) -> Tensor:
        """The block of `tensor`, a dimension for each of its factors."""
        for dim, (axis, s) in enumerate(zip(self.axes, self.chosen, strict=True)):
            sizes = [prod(f.size for f in segment) for segment in axis.segments]
            tensor = axis.straight(tensor, dim).narrow(dim, sum(sizes[:s]), sizes[s])
        return tensor.reshape([factor.size for factor in self.factors])


def blocks(axes: Sequence[Axis]) -> Iterator[Block]:
    """All blocks of a tensor, in order."""
    for chosen in product(*(range(len(axis.segments)) for axis in axes)):
        yield Block(tuple(axes), chosen)
