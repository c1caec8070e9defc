"""The permutation symmetries of a network: which tensor axes carry which group of units."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, Literal, Protocol

import torch
from torch import Tensor

from .maps import Map, Permutation
from .pin import Pin

Params = dict[str, Tensor]
"""A network's parameters and buffers by their `state_dict` names."""

When = Literal["before", "after"]
"""Activations before or after the nonlinearity."""


class ActivationProgram(Protocol):
    """A forward pass that shows the activations of every group; `trace` makes one."""

    def seen(
        self, params: Mapping[str, Tensor], x: Any, when: When = "after"
    ) -> dict[str, list[Tensor]]:
        """Group -> (units, samples) at each place where it is seen, in order of execution."""
        ...

    def activations(
        self, params: Mapping[str, Tensor], x: Any, when: When = "after"
    ) -> dict[str, Tensor]:
        """Group -> (units, samples), the samples of several places one after another."""
        ...


@dataclass(frozen=True)
class Factor:
    """`size` positions of an axis; they are the units of `group`, or may not move (`None`)."""

    size: int
    group: str | None = None


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

    @property
    def groups(self) -> frozenset[str]:
        return frozenset(f.group for s in self.segments for f in s if f.group is not None)

    def index(self, maps: Mapping[str, Map], device: torch.device | str = "cpu") -> Tensor:
        """(size,): where each position of the common basis comes from; permutations only."""
        if len(self.segments) == 1 == len(self.segments[0]) and self.order is None:
            group, size = self.segments[0][0].group, self.segments[0][0].size
            if group is None or group not in maps:
                return torch.arange(size, device=device)
            return _as_permutation(maps[group]).index.to(device)
        pieces, start = [], 0
        for segment in self.segments:
            index = torch.zeros(1, dtype=torch.long, device=device)
            for factor in segment:
                if factor.group is not None and factor.group in maps:
                    step = _as_permutation(maps[factor.group]).index.to(device)
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
        """`x` with this axis, its dimension `dim`, moved into the common basis by `maps`."""
        moving = [maps[g] for g in self.groups if g in maps]
        if not moving:
            return x
        if all(isinstance(m, Permutation) for m in moving):
            return x.index_select(dim, self.index(maps, x.device))
        pieces = self.straight(x, dim).split([prod(f.size for f in s) for s in self.segments], dim)
        moved = torch.cat(
            [
                _map_segment(p, dim, s, maps, self.reads)
                for p, s in zip(pieces, self.segments, strict=True)
            ],
            dim,
        )
        if self.order is None:
            return moved
        return moved.index_select(dim, torch.tensor(self.order, device=x.device).argsort())


@dataclass(frozen=True)
class Occurrence:
    """One place where a group's units stand: tensor `name`, its dimension `dim`, one factor."""

    name: str
    dim: int
    segment: int
    factor: int
    reads: bool


@dataclass(frozen=True)
class Symmetry:
    """Which axes of which tensors carry which groups of interchangeable units.

    `axes` has one `Axis` for every dimension of every parameter and buffer. A group may be
    permuted, everywhere at once, without changing what the network computes. `trace` finds the
    symmetry of a module; `from_axes_to_perm` reads one written by hand. Units of the groups `odd`
    may also be negated, everywhere at once (between odd nonlinearities); none where not known.
    The buffers `constants` belong to the architecture (masks, tables): they are in no group, and
    are kept, never averaged. `pins` says what stays and why, where a module was traced.
    The tensors `excluded` are each network's own: they move along, and nobody compares them.
    """

    axes: Mapping[str, tuple[Axis, ...]]
    program: ActivationProgram | None = field(default=None, compare=False, repr=False)
    odd: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    constants: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    pins: tuple[Pin, ...] | None = field(default=None, compare=False, repr=False)
    excluded: frozenset[str] = frozenset()

    def groups(self) -> dict[str, int]:
        """Group -> number of units, in the order in which the tensors first name them."""
        return {
            f.group: f.size
            for name, axes in self.axes.items()
            if name not in self.excluded
            for axis in axes
            for segment in axis.segments
            for f in segment
            if f.group is not None
        }

    def occurrences(self, group: str) -> tuple[Occurrence, ...]:
        """Every place where the units of `group` stand, in the order of the tensors."""
        return tuple(
            Occurrence(name, dim, s, f, axis.reads)
            for name, axes in self.axes.items()
            if name not in self.excluded
            for dim, axis in enumerate(axes)
            for s, segment in enumerate(axis.segments)
            for f, factor in enumerate(segment)
            if factor.group == group
        )

    def others(self, place: Occurrence) -> dict[int, frozenset[str]]:
        """Dimension -> other groups that the tensor at `place` carries there, where it has any.

        At the place's own dimension these are the groups of the factors beside it.
        """
        found = {}
        for dim, axis in enumerate(self.axes[place.name]):
            groups = axis.groups
            if dim == place.dim:
                segment = axis.segments[place.segment]
                beside = (f.group for i, f in enumerate(segment) if i != place.factor)
                groups = frozenset(g for g in beside if g is not None)
            if groups:
                found[dim] = groups
        return found

    def only(self, names: Iterable[str]) -> "Symmetry":
        """The same symmetry seen on the tensors `names` alone, e.g. without the buffers."""
        keep = set(names)
        return replace(self, axes={n: axes for n, axes in self.axes.items() if n in keep})

    def transport(self, params: Mapping[str, Tensor], maps: Mapping[str, Map]) -> Params:
        """The network in the common basis; groups without a map stay as they are."""
        moved = {}
        for name, tensor in params.items():
            for dim, axis in enumerate(self.axes[name]):
                tensor = axis.apply(tensor, dim, maps)
            moved[name] = tensor
        return moved

    def unfold(
        self, tensor: Tensor, place: Occurrence, maps: Mapping[str, Map] | None = None
    ) -> Tensor:
        """(units, d): the slice of `tensor` at `place`, every other axis and factor mapped."""
        maps = maps or {}
        for dim, axis in enumerate(self.axes[place.name]):
            if dim != place.dim:
                tensor = axis.apply(tensor, dim, maps)
        units = self._units_first(tensor, place, maps)
        return units.reshape(len(units), -1)

    def positions_first(self, tensor: Tensor, place: Occurrence, dim: int) -> Tensor:
        """(positions of axis `dim`, rest, units), contiguous: the slice of `tensor` at `place`.

        `dim` is another dimension than the place's own; nothing is mapped.
        """
        units = self._units_first(tensor, place, {})
        factors = len(self.axes[place.name][place.dim].segments[place.segment])
        at = dim if dim < place.dim else dim + factors - 1
        at += at < place.dim + place.factor
        units = units.movedim(at, 0)
        return units.reshape(*units.shape[:2], -1).transpose(1, 2).contiguous()

    def _units_first(self, tensor: Tensor, place: Occurrence, maps: Mapping[str, Map]) -> Tensor:
        """The slice of `tensor` at `place`: its units, then the other dimensions in their order."""
        axis = self.axes[place.name][place.dim]
        segments = axis.segments
        start = sum(prod(f.size for f in s) for s in segments[: place.segment])
        segment = segments[place.segment]
        piece = axis.straight(tensor, place.dim)
        piece = piece.narrow(place.dim, start, prod(f.size for f in segment))
        piece = piece.unflatten(place.dim, [f.size for f in segment])
        for i, factor in enumerate(segment):
            if i != place.factor and factor.group is not None and factor.group in maps:
                piece = maps[factor.group].apply(piece, place.dim + i, place.reads)
        return piece.movedim(place.dim + place.factor, 0)

    def features(
        self,
        params: Mapping[str, Tensor],
        group: str,
        maps: Mapping[str, Map] | None = None,
        where: Callable[[Occurrence], bool] = lambda _: True,
    ) -> Tensor:
        """(units, d): every weight that touches `group`, the other groups moved by `maps`.

        `where` chooses among the places, e.g. `lambda place: not place.reads` for incoming
        weights, biases and norms alone.
        """
        places = [place for place in self.occurrences(group) if where(place)]
        return torch.cat([self.unfold(params[p.name], p, maps) for p in places], dim=1)

    def activations(
        self, params: Mapping[str, Tensor], x: Any, when: When = "after"
    ) -> dict[str, Tensor]:
        """Group -> (units, samples) on the batch `x`; samples are images x positions x places.

        `x` is in any form that the network takes: a tensor, a tuple, a dictionary. A residual
        stream is seen at each of its nonlinearities. Raises `ValueError` for a symmetry written by
        hand, which knows no program to run.
        """
        if self.program is None:
            raise ValueError("activations need a traced symmetry: use trace(module, example)")
        return self.program.activations(params, x, when)


def _as_permutation(map: Map) -> Permutation:
    if not isinstance(map, Permutation):
        raise TypeError(f"only permutations have an index, not {type(map).__name__}")
    return map


def _map_segment(
    x: Tensor, dim: int, segment: Segment, maps: Mapping[str, Map], reads: bool
) -> Tensor:
    x = x.unflatten(dim, [f.size for f in segment])
    for i, factor in enumerate(segment):
        if factor.group is not None and factor.group in maps:
            x = maps[factor.group].apply(x, dim + i, reads)
    return x.flatten(dim, dim + len(segment) - 1)
