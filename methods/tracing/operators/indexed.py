"""Tensors whose axes have indices, as the letters of an einsum: what a step runs over."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from ..factors import Atom, Expression, length, straight, volume
from ..tensors import AbstractTensor
from .call import UnsupportedError

Index = Hashable
IndexedSegment = tuple[tuple[Atom, Index], ...]
IndexedTensor = tuple[tuple[IndexedSegment, ...], ...]
"""For every axis, for every segment, the atoms and the index that each belongs to."""


@dataclass(frozen=True)
class Step:
    """One pass over `indices` of several tensors, the results among them."""

    tensors: tuple[IndexedTensor, ...]
    mixed: frozenset[Index] = frozenset()


def is_constant(value: AbstractTensor) -> bool:
    """Whether it is a constant, the same for all positions that move along it in any order."""
    return value.origins is not None and not any(value.origins)


def indexed(value: AbstractTensor, indices: Sequence[Index]) -> IndexedTensor:
    if is_constant(value):
        return ((),) * value.ndim
    if not value.is_settled or len(indices) != value.ndim:
        raise UnsupportedError
    return tuple(indexed_axis(e, i) for e, i in zip(value.dims, indices, strict=True))


def indexed_axis(expression: Expression, index: Index) -> tuple[IndexedSegment, ...]:
    return tuple(tuple((atom, index) for atom in s) for s in straight(expression)[0])


def divided_axis(
    expression: Expression, inner: int, outer_index: Index, inner_index: Index
) -> tuple[IndexedSegment, ...]:
    """An axis that is outer x `inner` positions for the operator, with an index for each part."""
    if inner in (1, length(expression)):
        return indexed_axis(expression, outer_index if inner == 1 else inner_index)
    segments, order = straight(expression)
    if order is not None:
        raise UnsupportedError
    found = []
    start = 0
    for segment in segments:
        at, size = len(segment), 1
        here, start = start, start + volume(segment)
        if here // inner == (start - 1) // inner:  # of one outer position, perhaps not all
            found.append(tuple((atom, inner_index) for atom in segment))
            continue
        while size < inner and at > 0:
            at -= 1
            size *= segment[at].size
        if size != inner or here % inner:
            raise UnsupportedError
        found.append(
            tuple((a, outer_index if i < at else inner_index) for i, a in enumerate(segment))
        )
    return tuple(found)
