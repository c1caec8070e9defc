"""A tensor axis: which of its positions are units of which groups, and how maps move them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import torch
from torch import Tensor

from .maps import Map, Nested, Permutation
from .nesting import moved_beside


@dataclass(frozen=True)
class Factor:
    """`size` positions of an axis; they are the units of `group`, or may not move (`None`).

    `within` names what these units lie within, the outermost first: under every unit of that they
    may have an order of their own (a `Nested` map), or one for all (any other map). What they lie
    within is another group, or positions that stay: these are then told by their `anchor`.
    """

    size: int
    group: str | None = None
    within: tuple[str, ...] = ()
    anchor: str | None = None

    @property
    def name(self) -> str | None:
        """What other units may lie within: the group, or the anchor."""
        return self.group or self.anchor


Segment = tuple[Factor, ...]
"""A product of factors, the outermost first: channel x pixel after a flatten, group x channel."""


@dataclass(frozen=True)
class Axis:
    """A tensor axis: a concatenation of segments, each a product of factors.

    `reads` says that the axis is contracted with incoming activations (a weight's input axis);
    every other axis writes units. Permutations do not care, linear maps do. `order` tells, after a
    channel shuffle, where the positions stand: position `order[i]` of the axis is position `i` of
    the concatenation.
    """

    segments: tuple[Segment, ...]
    reads: bool = False
    order: tuple[int, ...] | None = None

    @property
    def size(self) -> int:
        return sum(prod(f.size for f in segment) for segment in self.segments)

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(f.group for s in self.segments for f in s if f.group is not None)

    def index(self, maps: Mapping[str, Map], device: torch.device | str = "cpu") -> Tensor:
        """(size,): where each position of the common basis comes from; permutations only."""
        if len(self.segments) == 1 == len(self.segments[0]) and self.order is None:
            group, size = self.segments[0][0].group, self.segments[0][0].size
            if group is None or group not in maps:
                return torch.arange(size, device=device)
            if not isinstance(maps[group], Nested):
                return _as_permutation(maps[group]).index.to(device)
        own = moved_beside(self, maps, device)
        plain = self._plain_index(maps, device)
        return plain if own is None else plain[own]

    def _plain_index(self, maps: Mapping[str, Map], device: torch.device | str) -> Tensor:
        """The same for all units but those with an order of their own under others."""
        pieces, start = [], 0
        for segment in self.segments:
            index = torch.zeros(1, dtype=torch.long, device=device)
            for factor in segment:
                own = None if factor.group is None else maps.get(factor.group)
                if own is not None and not isinstance(own, Nested):
                    step = _as_permutation(own).index.to(device)
                else:
                    step = torch.arange(factor.size, device=device)
                index = (index[:, None] * factor.size + step).flatten()
            pieces.append(index + start)
            start += prod(f.size for f in segment)
        index = torch.cat(pieces)
        if self.order is None:
            return index
        order = torch.tensor(self.order, device=device)
        return order[index][order.argsort()]

    def straight(self, x: Tensor, dim: int) -> Tensor:
        """`x` with the positions along `dim` in the order of the segments."""
        if self.order is None:
            return x
        return x.index_select(dim, torch.tensor(self.order, device=x.device))

    def apply(self, x: Tensor, dim: int, maps: Mapping[str, Map]) -> Tensor:
        """`x` with this axis, its dimension `dim`, moved into the common basis by `maps`.

        All but nested units whose outer ones stand on another axis: only the whole tensor tells.
        """
        moving = [maps[g] for g in self.groups if g in maps]
        if not moving:
            return x
        if all(isinstance(m, (Permutation, Nested)) for m in moving):
            return x.index_select(dim, self.index(maps, x.device))
        own = moved_beside(self, maps, x.device)
        pieces = self.straight(x, dim).split([prod(f.size for f in s) for s in self.segments], dim)
        moved = torch.cat(
            [
                _map_segment(p, dim, s, maps, self.reads)
                for p, s in zip(pieces, self.segments, strict=True)
            ],
            dim,
        )
        if self.order is not None:
            moved = moved.index_select(dim, torch.tensor(self.order, device=x.device).argsort())
        return moved if own is None else moved.index_select(dim, own)


def _as_permutation(map: Map) -> Permutation:
    if not isinstance(map, Permutation):
        raise TypeError(f"only permutations have an index, not {type(map).__name__}")
    return map


def _map_segment(
    x: Tensor, dim: int, segment: Segment, maps: Mapping[str, Map], reads: bool
) -> Tensor:
    x = x.unflatten(dim, [f.size for f in segment])
    for i, factor in enumerate(segment):
        own = None if factor.group is None else maps.get(factor.group)
        if own is not None and not isinstance(own, Nested):
            x = own.apply(x, dim + i, reads)
    return x.flatten(dim, dim + len(segment) - 1)
