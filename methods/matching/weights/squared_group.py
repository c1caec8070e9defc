"""A group on two axes of one tensor, whose best permutation is a quadratic assignment problem.

Such are the hidden units of a recurrent layer, which write and read the recurrent weight. The gains
of a matching then depend on the matching itself. A linear assignment on the gains of the present
one may overshoot, and no assignment on them can leave a poor local optimum.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ...symmetry.axes import Params, Symmetry
from ...symmetry.maps import Linear, Permutation
from ..assignment import assign
from .gain_terms import Maps
from .objective import matched_objective

STEPS = 30
"""Steps of one relaxed ascent; Vogelstein et al. find that FAQ needs no more, and mostly five."""

ENOUGH = 1e-6
"""A step whose slope is below this share of the objective is the last."""


class SquaredGroup:
    """The objective of weight matching as a function of one group's permutation alone.

    That is f(P) = <linear, P> + <slope(P), P> / 2 up to a constant, where the slope of what is
    squared is linear in P. `relaxed` climbs it over the doubly stochastic matrices by the
    Frank-Wolfe steps of FAQ (Vogelstein et al. 2015, "Fast approximate quadratic programming for
    graph matching"), each to the exact maximum along its line.
    """

    def __init__(
        self,
        symmetry: Symmetry,
        fixed: Params,
        moving: Params,
        group: str,
        maps: Maps,
        dtype: torch.dtype,
    ):
        here = maps[group]
        if not isinstance(here, Permutation):
            raise TypeError(f"{group!r} lies within other units: `NestedGains` matches it")
        names = {place.name for place in symmetry.occurrences(group)}
        others = {g: map for g, map in maps.items() if g != group}
        moved = symmetry.transport({name: moving[name] for name in names}, others)
        self._group = group
        self._symmetry = symmetry
        self._fixed = {name: fixed[name].detach().to(dtype) for name in names}
        self._moving = {name: value.detach().to(dtype) for name, value in moved.items()}
        self._here = here
        units = symmetry.groups()[group]
        self._linear = torch.zeros(units, units, dtype=dtype, device=here.index.device)
        self._squares = []
        for place in symmetry.occurrences(group):
            if any(group in groups for groups in symmetry.others(place).values()):
                self._squares.append((place, symmetry.unfold(self._fixed[place.name], place)))
            else:
                a, b = (
                    symmetry.unfold(params[place.name], place)
                    for params in (self._fixed, self._moving)
                )
                self._linear += a @ b.T

    def better(self, among: Permutation | None) -> Permutation | None:
        """A permutation with a higher objective than the present one, or `None`.

        `among` is taken if it is one; else the best of those that relaxed ascents end at, from the
        present permutation and from the uniform matrix, which prefers none.
        """
        now = self.objective(self._here)
        if among is not None and self.objective(among) > now:
            return among
        found = max(self._relaxed(), key=self.objective)
        return found if self.objective(found) > now else None

    def objective(self, map: Permutation) -> float:
        """The inner product of all tensors that carry the group, summed in float64."""
        maps = {self._group: map}
        return matched_objective(self._symmetry, self._fixed, self._moving, maps)

    def _relaxed(self) -> Iterator[Permutation]:
        units = len(self._linear)
        yield self._climbed(_matrix(self._here, self._linear))
        yield self._climbed(torch.full_like(self._linear, 1 / units))

    def _climbed(self, matrix: Tensor) -> Permutation:
        """The permutation nearest to where an ascent from a doubly stochastic `matrix` ends."""
        slope = self._slope(Linear(matrix, matrix.T))
        for _ in range(STEPS):
            corner = Permutation(assign(self._linear + slope))
            there, at_corner = _matrix(corner, matrix), self._slope(corner)
            here = _inner(self._linear, matrix) + _inner(slope, matrix) / 2
            end = _inner(self._linear, there) + _inner(at_corner, there) / 2
            rise = _inner(self._linear + slope, there - matrix)
            if rise <= ENOUGH * abs(here):
                break
            bend = end - here - rise
            step = min(1.0, -rise / (2 * bend)) if bend < 0 else 1.0
            matrix = torch.lerp(matrix, there, step)
            slope = torch.lerp(slope, at_corner, step)
        return Permutation(assign(matrix))

    def _slope(self, map: Linear | Permutation) -> Tensor:
        """The gains of what is squared, the group's other axis moved by `map`."""
        total = torch.zeros_like(self._linear)
        for place, a in self._squares:
            b = self._symmetry.unfold(self._moving[place.name], place, {self._group: map})
            total += a @ b.T
        return total


def _matrix(map: Permutation, like: Tensor) -> Tensor:
    """A permutation as a matrix of the kind of `like`."""
    return torch.eye(map.units, dtype=like.dtype, device=like.device)[map.index]


def _inner(a: Tensor, b: Tensor) -> float:
    return float((a.double() * b.double()).sum())
