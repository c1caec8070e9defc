"""Gains of matching one group's units while the others stay, kept up to date as groups move."""

from collections.abc import Container
from math import inf

import torch
from torch import Tensor

from ...symmetry.axes import Params, Symmetry
from .gain_terms import AnyTerm, FixedTerm, Maps, PairTerm, add_products

ANEW = 0.7
"""Where a larger share of all numbers has moved, a sum is cheaper than its corrections."""


class Gram:
    """For every group p the matrix of gains <fixed unit i, moving unit j>, summed over all places.

    A gain depends on the other groups' permutations wherever a tensor carries two of them. Nothing
    is computed before it is asked for. What does not depend on other groups is computed once; what
    depends on one other axis is corrected by a product over the moved positions of that axis
    alone, or added anew where most have moved. Only tensors on which more than two axes move are
    always computed anew, when a group that they carry has moved.

    The gains are the coordinate-wise linear assignment problems of Git Re-Basin's Algorithm 1
    (Ainsworth et al. 2023, section 3.2), generalised to every tensor of a traced symmetry.
    Groups `without` gains here have them in `NestedGains`.

    One such object serves any number of ascents between the same two networks, one after another,
    each of which begins with `restart`. `room`: how many bytes of gains are kept from one visit of
    a group to its next; what finds none is computed anew, which changes no gain beyond rounding.
    """

    def __init__(
        self,
        symmetry: Symmetry,
        fixed: Params,
        moving: Params,
        dtype: torch.dtype,
        without: Container[str] = (),
        room: float = inf,
    ):
        self._room = room
        self._last: str | None = None
        self._groups = {
            group: _GroupGains(symmetry, fixed, moving, group, units, dtype)
            for group, units in symmetry.groups().items()
            if group not in without
        }

    def restart(self) -> None:
        """Forget the orders met, so that nothing is another number for an earlier ascent."""
        for group in self._groups.values():
            group.restart()

    def neighbours(self, group: str) -> frozenset[str]:
        """The groups on whose permutations the gains of `group` depend (itself only if squared)."""
        return self._groups[group].neighbours

    def gains(self, group: str, maps: Maps) -> Tensor:
        """(units, units): the gains for `group` while the others stay as in `maps`.

        The next call may change it in place.
        """
        held = sum(each.held for each in self._groups.values())
        if self._last not in (None, group) and held > self._room:
            self._groups[self._last].forget()
        self._last = group
        return self._groups[group].under(maps)


class _GroupGains:
    """The gains of one group."""

    def __init__(
        self,
        symmetry: Symmetry,
        fixed: Params,
        moving: Params,
        group: str,
        units: int,
        dtype: torch.dtype,
    ):
        self._group = group
        self._units = units
        self._dtype = dtype
        self._networks = fixed, moving
        self._still: list[FixedTerm] = []
        self._pairs: list[PairTerm] = []
        self._others: list[AnyTerm] = []
        for place in symmetry.occurrences(group):
            others = symmetry.others(place)
            if place.dim in others or len(others) > 1:
                groups = frozenset[str]().union(*others.values())
                self._others.append(AnyTerm(symmetry, place, groups))
            elif others:
                self._pairs.append(PairTerm(symmetry, place, next(iter(others))))
            else:
                self._still.append(FixedTerm(symmetry, place))
        self.neighbours = frozenset[str]().union(
            *(term.groups for term in (*self._pairs, *self._others))
        )
        self._constant: Tensor | None = None
        self._gain: Tensor | None = None

    @property
    def held(self) -> int:
        """Bytes of gains."""
        kept = (self._constant, self._gain, *(term.value for term in self._others))
        return sum(value.nbytes for value in kept if value is not None)

    def forget(self) -> None:
        """All that was computed."""
        self._constant = None
        self.restart()

    def restart(self) -> None:
        self._gain = None
        for term in (*self._pairs, *self._others):
            term.forget()

    def under(self, maps: Maps) -> Tensor:
        device = maps[self._group].index.device
        if not self.neighbours:
            return self._of_still_ones(device)
        moves = [(term, term.move(maps, device)) for term in self._pairs]
        moved = sum(term.numbers * move.share for term, move in moves)
        if self._gain is None or moved > ANEW * sum(term.numbers for term in self._pairs):
            self._gain = None  # before another of its size is made
            self._gain = self._of_still_ones(device).clone() if self._still else self._zeros(device)
            for term, move in moves:
                term.add(self._gain, *self._tensors(term.name), move)
            for term in self._others:
                term.add(self._gain)
        else:
            for term, move in moves:
                if move.moved.shape[0]:
                    term.correct(self._gain, *self._tensors(term.name), move)
        for term in self._others:
            term.correct(self._gain, *self._tensors(term.name), maps)
        return self._gain

    def _zeros(self, device: torch.device) -> Tensor:
        return torch.zeros(self._units, self._units, dtype=self._dtype, device=device)

    def _of_still_ones(self, device: torch.device) -> Tensor:
        if self._constant is not None:
            return self._constant
        gain = self._constant = self._zeros(device)
        vectors: list[tuple[Tensor, Tensor]] = []  # biases and norms, of which there are many
        for term in self._still:
            fixed, moving = self._tensors(term.name)
            rows = term.rows(fixed), term.rows(moving)
            if term.is_vector:
                vectors.append(rows)
            else:
                add_products(gain, *rows)
        if vectors:
            add_products(gain, *(torch.cat(rows, dim=1) for rows in zip(*vectors, strict=True)))
        return gain

    def _tensors(self, name: str) -> tuple[Tensor, Tensor]:
        fixed, moving = self._networks
        return fixed[name], moving[name]
