"""The permutation symmetries of a network: which tensor axes carry which group of units."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any

import torch
from torch import Tensor

from .axis import Axis as Axis
from .axis import Factor as Factor
from .axis import Segment as Segment
from .forward_order import forward_order, is_forward
from .maps import Map, Nested
from .nesting import Place, apart, moved_across
from .pin import Pin
from .program import ActivationProgram as ActivationProgram
from .program import When as When

Params = dict[str, Tensor]
"""A network's parameters and buffers by their `state_dict` names."""


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
    `traced_values` are what the constants, buffers that are in no checkpoint and extra states of
    the traced module were, by name: of a network with others it need not be the symmetry.
    The tensors `excluded` are each network's own: they move along, and nobody compares them.
    """

    axes: Mapping[str, tuple[Axis, ...]]
    program: ActivationProgram | None = field(default=None, compare=False, repr=False)
    odd: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    constants: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    pins: tuple[Pin, ...] | None = field(default=None, compare=False, repr=False)
    excluded: frozenset[str] = frozenset()
    traced_values: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def groups(self) -> dict[str, int]:
        """Group -> number of units, in the order in which the network writes them.

        It is the order in which the tensors first name them, save where that is not `is_forward`.
        """
        return dict(self._groups)

    @cached_property
    def _groups(self) -> dict[str, int]:
        sizes = {f.group: f.size for f in self._factors() if f.group is not None}
        read = {group: self.read_for(group) for group in sizes}
        order = sizes if is_forward(sizes, read) else forward_order(sizes, read)
        return {group: sizes[group] for group in order}

    def read_for(self, group: str) -> list[frozenset[str]]:
        """The groups that each weight that writes `group` reads; recurrent ones are left out."""
        writing = (self.axes[place.name] for place in self.occurrences(group) if not place.reads)
        read = ([a.groups for a in axes if a.reads] for axes in writing if len(axes) > 1)
        found = (frozenset[str]().union(*groups) for groups in read)
        return [groups for groups in found if group not in groups]

    def within(self) -> Mapping[str, tuple[str, ...]]:
        """Group -> what its units lie within, the outermost first; `()` within nothing.

        Under every unit of that they may have an order of their own, which a `Nested` map says.
        """
        return self._within

    def nested(self) -> frozenset[str]:
        """The groups that lie within something, and those within which others lie."""
        inner = frozenset(group for group, names in self._within.items() if names)
        outer = frozenset[str]().union(*self._within.values())
        return inner | (outer & self._within.keys())

    @cached_property
    def _within(self) -> dict[str, tuple[str, ...]]:
        return {f.group: f.within for f in self._factors() if f.group is not None}

    @cached_property
    def _sizes(self) -> dict[str | None, int]:
        return {f.name: f.size for f in self._factors()}

    def _factors(self) -> Iterator[Factor]:
        for name, axes in self.axes.items():
            if name not in self.excluded:
                yield from (f for axis in axes for segment in axis.segments for f in segment)

    def outer_sizes(self, group: str) -> tuple[int, ...]:
        """How many units each of what `group` lies within has, the outermost first."""
        return tuple(self._sizes[name] for name in self.within()[group])

    def without_inner_orders(self) -> "Symmetry":
        """The same groups, in which all units within others keep one order for all of these."""
        if not any(self.within().values()):
            return self
        one = {name: tuple(map(_one_order, axes)) for name, axes in self.axes.items()}
        return replace(self, axes=one)

    def occurrences(self, group: str) -> tuple[Occurrence, ...]:
        """Every place where the units of `group` stand, in the order of the tensors."""
        return tuple(self._occurrences.get(group, ()))

    @cached_property
    def _occurrences(self) -> dict[str, list[Occurrence]]:
        found: dict[str, list[Occurrence]] = {}
        for name, axes in self.axes.items():
            if name in self.excluded:
                continue
            for dim, axis in enumerate(axes):
                for s, segment in enumerate(axis.segments):
                    for f, factor in enumerate(segment):
                        if factor.group is not None:
                            place = Occurrence(name, dim, s, f, axis.reads)
                            found.setdefault(factor.group, []).append(place)
        return found

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
            moved[name] = _moved(tensor, self.axes[name], maps)
        return moved

    def unfold(
        self, tensor: Tensor, place: Occurrence, maps: Mapping[str, Map] | None = None
    ) -> Tensor:
        """(units, d): the slice of `tensor` at `place`, every other axis and factor mapped."""
        maps = maps or {}
        axes = self.axes[place.name]
        if any(isinstance(maps.get(g), Nested) for axis in axes for g in axis.groups):
            tensor, maps = _moved(tensor, _with_place_still(axes, place), maps), {}
        for dim, axis in enumerate(axes):
            if dim != place.dim:
                tensor = axis.apply(tensor, dim, maps)
        units = self._units_first(tensor, place, maps)
        return units.reshape(len(units), -1)

    def unfold_apart(self, tensor: Tensor, place: Occurrence) -> Tensor:
        """(outer x units, d): as `unfold` of units within others, each outer unit's own told apart.

        The rows are in the order of `Nested.index`; nothing is mapped.
        """
        return apart(tensor, self.axes[place.name], Place(place.dim, place.segment, place.factor))

    def units_and_positions(self, tensor: Tensor, place: Occurrence, dim: int) -> Tensor:
        """(units, positions of axis `dim`, rest ...): the slice of `tensor` at `place`.

        `dim` is another dimension than the place's own; nothing is mapped, and nothing copied
        unless units stand in the order of a channel shuffle.
        """
        units = self._units_first(tensor, place, {})
        factors = len(self.axes[place.name][place.dim].segments[place.segment])
        at = dim if dim < place.dim else dim + factors - 1
        return units.movedim(at + (at < place.dim + place.factor), 1)

    def _units_first(self, tensor: Tensor, place: Occurrence, maps: Mapping[str, Map]) -> Tensor:
        """The slice of `tensor` at `place`: its units, then the other dimensions in their order."""
        axis = self.axes[place.name][place.dim]
        segments = axis.segments
        if len(segments) == 1 == len(segments[0]) and axis.order is None:  # as most are
            return tensor.movedim(place.dim, 0)
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

    def apart(self) -> "Symmetry":
        """The same, whose activations tell units within others apart, as `unfold_apart` does."""
        if self.program is None or not any(self.within().values()):
            return self
        return replace(self, program=self.program.apart())

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


def _one_order(axis: Axis) -> Axis:
    segments = (tuple(replace(f, within=()) for f in segment) for segment in axis.segments)
    return replace(axis, segments=tuple(segments))


def _moved(tensor: Tensor, axes: Sequence[Axis], maps: Mapping[str, Map]) -> Tensor:
    """A whole tensor in the common basis."""
    for dim, axis in enumerate(axes):
        tensor = axis.apply(tensor, dim, maps)
    return moved_across(tensor, axes, maps)


def _with_place_still(axes: Sequence[Axis], place: Occurrence) -> tuple[Axis, ...]:
    """The axes of a tensor, of which the units at `place` may not move."""
    axis = axes[place.dim]
    segments = [list(segment) for segment in axis.segments]
    segments[place.segment][place.factor] = Factor(segments[place.segment][place.factor].size)
    still = replace(axis, segments=tuple(map(tuple, segments)))
    return (*axes[: place.dim], still, *axes[place.dim + 1 :])
