"""Where nested units stand in a tensor, and how they move under their outer units.

An inner unit moves by where it stands *and* by its outer unit, which may stand beside it in one
axis (heads x channels of a projection) or on another axis (a grouped convolution's weight: the
group on axis 0, the channel that is read on axis 1). Which of several it belongs to is told by one
rule: the outer factor in its own segment, or else the one other axis that holds it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from .maps import Map, Nested, Permutation

if TYPE_CHECKING:
    from .axis import Axis, Factor


class Place(NamedTuple):
    """One factor of a tensor: its dimension, its segment there, its number in the segment."""

    dim: int
    segment: int
    factor: int


def factor_at(axes: "Sequence[Axis]", place: Place) -> "Factor":
    return axes[place.dim].segments[place.segment][place.factor]


def outer_places(axes: "Sequence[Axis]", place: Place) -> tuple[Place, ...]:
    """Where the outer units of the factor at `place` stand, the outermost first.

    Raises `ValueError` where the tensor does not tell.
    """
    return tuple(_outer_place(axes, place, name) for name in factor_at(axes, place).within)


def _outer_place(axes: "Sequence[Axis]", place: Place, name: str) -> Place:
    segment = axes[place.dim].segments[place.segment]
    beside = [Place(*place[:2], i) for i, factor in enumerate(segment) if factor.name == name]
    across = [
        Place(dim, s, i)
        for dim, axis in enumerate(axes)
        if dim != place.dim
        for s, segment in enumerate(axis.segments)
        for i, factor in enumerate(segment)
        if factor.name == name
    ]
    found = beside or across
    if len(found) != 1 or (across is found and len(axes[found[0].dim].segments) > 1):
        raise ValueError(
            f"a tensor with the units of {factor_at(axes, place).group!r} does not tell under "
            f"which of {name!r} each of them lies"
        )
    return found[0]


def moved_beside(
    axis: "Axis", maps: Mapping[str, Map], device: torch.device | str
) -> Tensor | None:
    """(size,): where the nested units of `axis` come from whose outer units stand beside them.

    Once these are in the basis; `None` where there are no such units.
    """
    places = {p: m for p, m in _nested_places((axis,), 0, maps) if _is_beside(axis, p)}
    return _sources((axis,), 0, places, maps, device) if places else None


def moved_across(x: Tensor, axes: "Sequence[Axis]", maps: Mapping[str, Map]) -> Tensor:
    """`x`, of which all else is in the basis, with the units moved whose outer ones lie across."""
    places = {
        place: own
        for dim, axis in enumerate(axes)
        for place, own in _nested_places(axes, dim, maps)
        if not _is_beside(axis, place)
    }
    depths = {place: len(factor_at(axes, place).within) for place in places}
    for depth in sorted(set(depths.values())):  # outer units are in the basis before inner ones
        for dim in range(len(axes)):
            if own := {p: m for p, m in places.items() if p.dim == dim and depths[p] == depth}:
                x = x.gather(dim, _sources(axes, dim, own, maps, x.device).expand(x.shape))
    return x


def apart(x: Tensor, axes: "Sequence[Axis]", place: Place) -> Tensor:
    """(outer x units, d): the slice of `x` at `place`, units told apart by their outer units.

    The rows stand in the order of `Nested.index`; those of a factor within nothing are its units.
    """
    wanted = [*outer_places(axes, place), place]
    segments = {p.dim: p.segment for p in wanted}
    for dim in sorted(segments, reverse=True):  # from behind: the dimensions before stay in place
        axis, segment = axes[dim], axes[dim].segments[segments[dim]]
        start = sum(prod(f.size for f in s) for s in axis.segments[: segments[dim]])
        x = axis.straight(x, dim).narrow(dim, start, prod(f.size for f in segment))
        x = x.unflatten(dim, [f.size for f in segment])
    new = {dim: len(axes[dim].segments[s]) - 1 for dim, s in segments.items()}
    dims = [p.dim + p.factor + sum(n for dim, n in new.items() if dim < p.dim) for p in wanted]
    x = x.movedim(dims, list(range(len(dims))))
    return x.reshape(prod(x.shape[: len(dims)]), -1)


def flat_order(
    names: Sequence[str],
    sizes: Sequence[int],
    maps: Mapping[str, Map],
    device: torch.device | str = "cpu",
) -> Tensor:
    """(product of `sizes`,): one order of the units of `names`, each within those before it.

    Names without a map stay. Raises `TypeError` for maps that mix units.
    """
    index = torch.zeros(1, dtype=torch.long, device=device)
    for name, size in zip(names, sizes, strict=True):
        own = maps.get(name)
        if isinstance(own, Nested):
            index = own.index.to(device)
            continue
        if own is not None and not isinstance(own, Permutation):
            raise TypeError(f"units within {name!r} have no order where its own are mixed")
        step = torch.arange(size, device=device) if own is None else own.index.to(device)
        index = (index[:, None] * size + step).flatten()
    return index


def _nested_places(
    axes: "Sequence[Axis]", dim: int, maps: Mapping[str, Map]
) -> Iterator[tuple[Place, Nested]]:
    """The factors of one axis that `maps` moves under their outer units, and by which map."""
    for s, segment in enumerate(axes[dim].segments):
        for i, factor in enumerate(segment):
            own = None if factor.group is None else maps.get(factor.group)
            if isinstance(own, Nested):
                yield Place(dim, s, i), own


def _is_beside(axis: "Axis", place: Place) -> bool:
    segment = axis.segments[place.segment]
    return set(segment[place.factor].within) <= {factor.name for factor in segment}


def _sources(
    axes: "Sequence[Axis]",
    dim: int,
    places: Mapping[Place, Nested],
    maps: Mapping[str, Map],
    device: torch.device | str,
) -> Tensor:
    """Where each position of axis `dim` comes from, a dimension for every axis that has a say."""

    def along(values: Tensor, axis: int) -> Tensor:
        return values.to(device).view([-1 if i == axis else 1 for i in range(len(axes))])

    axis = axes[dim]
    source = along(positions(axis), dim)
    for place, nested in places.items():
        factor = factor_at(axes, place)
        own = along(coordinates(axis)[place[1:]], dim)
        outer = torch.zeros((), dtype=torch.long, device=device)
        sizes = []
        for o in outer_places(axes, place):
            size = factor_at(axes, o).size
            outer = outer * size + along(coordinates(axes[o.dim])[o[1:]], o.dim).clamp_min(0)
            sizes.append(size)
        order = flat_order(factor.within, sizes, maps, nested.outer.device)
        if not torch.equal(nested.outer, order):
            raise ValueError(
                f"the map of {factor.group!r} puts the units of {factor.within[-1]!r} in another "
                "order than their own map does"
            )
        moved = nested.inner.to(device)[outer, own.clamp_min(0)]
        stride = prod(f.size for f in axis.segments[place.segment][place.factor + 1 :])
        source = source + torch.where(own >= 0, (moved - own) * stride, 0)
    if axis.order is None:
        return source
    return torch.tensor(axis.order, device=device)[source]


@lru_cache(maxsize=4096)
def positions(axis: "Axis") -> Tensor:
    """(size,): which position of the concatenation of segments each position of the axis is."""
    if axis.order is None:
        return torch.arange(axis.size)
    return torch.tensor(axis.order).argsort()


@lru_cache(maxsize=4096)
def coordinates(axis: "Axis") -> dict[tuple[int, int], Tensor]:
    """(segment, factor) -> (size,): the unit of that factor at each position of the axis.

    -1 at the positions of other segments.
    """
    found, start = {}, 0
    for s, segment in enumerate(axis.segments):
        length = prod(f.size for f in segment)
        inside, stride = torch.arange(length), length
        for i, factor in enumerate(segment):
            stride //= factor.size
            straight = torch.full((axis.size,), -1)
            straight[start : start + length] = inside // stride % factor.size
            found[s, i] = straight[positions(axis)]
        start += length
    return found
