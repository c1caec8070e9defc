"""Gains of matching one group's units while the others stay, kept up to date as groups move."""

from collections.abc import Container, Mapping

import torch
from torch import Tensor

from ..symmetry.axes import Occurrence, Params, Symmetry
from ..symmetry.maps import Reordering

Maps = Mapping[str, Reordering]


class Gram:
    """For every group p the matrix of gains <fixed unit i, moving unit j>, summed over all places.

    A gain depends on the other groups' permutations wherever a tensor carries two of them. What
    does not depend on them is computed once. What depends on one other axis is corrected by a
    product over the moved positions of that axis alone. Only tensors on which more than two axes
    move are computed anew, and only when a group that they carry has moved.

    The gains are the coordinate-wise linear assignment problems of Git Re-Basin's Algorithm 1
    (Ainsworth et al. 2023, section 3.2), generalised to every tensor of a traced symmetry.
    Groups `without` gains here have them in `NestedGains`.
    """

    def __init__(
        self,
        symmetry: Symmetry,
        fixed: Params,
        moving: Params,
        maps: Maps,
        dtype: torch.dtype,
        without: Container[str] = (),
    ):
        self._gains: dict[str, Tensor] = {}
        self._terms: dict[str, list[_PairTerm | _AnyTerm]] = {}
        for group, units in symmetry.groups().items():
            if group in without:
                continue
            places = symmetry.occurrences(group)
            device = fixed[places[0].name].device
            gain = torch.zeros(units, units, dtype=dtype, device=device)
            terms: list[_PairTerm | _AnyTerm] = []
            for place in places:
                a = fixed[place.name].detach().to(dtype)
                b = moving[place.name].detach().to(dtype)
                others = symmetry.others(place)
                if place.dim in others or len(others) > 1:
                    groups = frozenset[str]().union(*others.values())
                    terms.append(_AnyTerm(symmetry, place, a, b, maps, gain, groups))
                elif others:
                    terms.append(_PairTerm(symmetry, place, next(iter(others)), a, b, maps, gain))
                else:
                    gain += symmetry.unfold(a, place) @ symmetry.unfold(b, place).T
            self._gains[group] = gain
            self._terms[group] = terms

    def neighbours(self, group: str) -> frozenset[str]:
        """The groups on whose permutations the gains of `group` depend (itself only if squared)."""
        return frozenset[str]().union(*(term.groups for term in self._terms[group]))

    def gains(self, group: str, maps: Maps) -> Tensor:
        """(units, units): the gains for `group` while the others stay as in `maps`."""
        for term in self._terms[group]:
            term.update(maps, self._gains[group])
        return self._gains[group]


class _PairTerm:
    """A tensor on which one other axis moves; both sides stored as (positions, rest, units)."""

    def __init__(
        self,
        symmetry: Symmetry,
        place: Occurrence,
        dim: int,
        a: Tensor,
        b: Tensor,
        maps: Maps,
        gain: Tensor,
    ):
        axis = symmetry.axes[place.name][dim]
        self.groups = axis.groups
        self._axis = axis
        self._seen = {g: maps[g] for g in axis.groups if g in maps}
        self._index = axis.index(maps, a.device)
        self._fixed = symmetry.positions_first(a, place, dim)
        self._moving = symmetry.positions_first(b, place, dim)
        gain.addmm_(_unit_rows(self._fixed).T, _unit_rows(self._moving[self._index]))

    def update(self, maps: Maps, gain: Tensor) -> None:
        if all(maps[g] is seen for g, seen in self._seen.items()):
            return
        index = self._axis.index(maps, gain.device)
        moved = (index != self._index).nonzero()[:, 0]
        change = self._moving[index[moved]] - self._moving[self._index[moved]]
        gain.addmm_(_unit_rows(self._fixed[moved]).T, _unit_rows(change))
        self._index = index
        self._seen = {g: maps[g] for g in self._seen}


class _AnyTerm:
    """A tensor on which more axes move: computed anew whenever one of their groups has moved."""

    def __init__(
        self,
        symmetry: Symmetry,
        place: Occurrence,
        a: Tensor,
        b: Tensor,
        maps: Maps,
        gain: Tensor,
        groups: frozenset[str],
    ):
        self.groups = groups
        self._symmetry = symmetry
        self._place = place
        self._fixed = symmetry.unfold(a, place)
        self._moving = b
        self._seen: dict[str, Reordering] = {}
        self._value = torch.zeros_like(gain)
        self.update(maps, gain)

    def update(self, maps: Maps, gain: Tensor) -> None:
        now = {g: maps[g] for g in self.groups}
        if self._seen and all(now[g] is seen for g, seen in self._seen.items()):
            return
        value = self._fixed @ self._symmetry.unfold(self._moving, self._place, maps).T
        gain += value - self._value
        self._value, self._seen = value, now


def _unit_rows(x: Tensor) -> Tensor:
    return x.flatten(0, 1)
