"""Frank-Wolfe ascent of two networks, on the gains of weight matching."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...symmetry.axes import Params, Symmetry
from ...symmetry.maps import Linear, Map, Permutation
from ..assignment import assign
from .gains import Gram
from .objective import weight_objective

Permutations = dict[str, Permutation]


class RelaxedPair:
    """The inner product of two networks, the second moved by doubly stochastic matrices.

    Where no weight is moved by more than two of them, it is linear in each, and so are the gains
    of a group in the matrices of the others: on the way from some matrices to permutations the
    gains are means of those at both ends, and the objective is a quadratic whose slopes the gains
    tell. So no network is multiplied by a matrix after the start: a step takes the gains at
    permutations, which `Gram` corrects from step to step. The `maps` of the first network stay.
    Raises `ValueError` for a symmetry by which some weight is moved three times.
    """

    def __init__(
        self, symmetry: Symmetry, weights: Sequence[Params], maps: Sequence[Mapping[str, Map]]
    ):
        if degree(symmetry) > 2:
            raise ValueError("some weight is moved by the matrices of more than two groups")
        symmetry = symmetry.without_inner_orders()
        (first, moving), (self._stays, start) = weights, maps
        fixed = symmetry.transport(first, self._stays)
        self._gram = Gram(symmetry, fixed, moving, next(iter(fixed.values())).dtype)
        self._matrices = {group: matrix_of(map).clone() for group, map in start.items()}
        self._gains = {
            group: symmetry.features(fixed, group) @ symmetry.features(moving, group, start).T
            for group in start
        }
        self._objective = weight_objective(fixed, symmetry.transport(moving, start))

    @property
    def objective(self) -> float:
        """The inner product at the present matrices."""
        return self._objective

    def permutations(self) -> list[Permutations]:
        """The nearest permutations, of both networks."""
        found = {group: Permutation(assign(own)) for group, own in self._matrices.items()}
        return [{group: nearest(map) for group, map in self._stays.items()}, found]

    def climb(self) -> float:
        """Take the best step towards the best corner; returns the duality gap there was before.

        No step with a positive gain leaves all as it is and returns 0.
        """
        corner = {group: Permutation(assign(gains)) for group, gains in self._gains.items()}
        gap = self._slope(self._gains, corner)
        if gap <= 0:
            return 0.0
        there = {group: self._gram.gains(group, corner) for group in corner}
        bend = (self._slope(there, corner) - gap) / 2
        step = min(1.0, -gap / (2 * bend)) if bend < 0 else 1.0
        self._objective += step * gap + step**2 * bend
        for group, own in self._matrices.items():
            index = corner[group].index
            own.mul_(1 - step)[torch.arange(len(index), device=index.device), index] += step
            self._gains[group].lerp_(there[group], step)
        return gap

    def _slope(self, gains: Mapping[str, Tensor], corner: Permutations) -> float:
        """Of the objective where gains are these, in the direction of the corner."""
        return sum(
            float(own.gather(1, corner[group].index[:, None]).double().sum())
            - float((own.double() * self._matrices[group]).sum())
            for group, own in gains.items()
        )


def degree(symmetry: Symmetry) -> int:
    """The largest number of groups' factors that a weight is multiplied by."""
    return max(
        sum(max(sum(f.group is not None for f in s) for s in axis.segments) for axis in axes)
        for axes in symmetry.axes.values()
    )


def matrix_of(map: Map) -> Tensor:
    """(units, units): the doubly stochastic matrix of a map, in float64."""
    if isinstance(map, Linear):
        return map.into
    index = nearest(map).index
    return torch.eye(map.units, dtype=torch.float64, device=index.device)[index]


def nearest(map: Map) -> Permutation:
    """The permutation that fits a map best."""
    return map if isinstance(map, Permutation) else Permutation(assign(matrix_of(map)))
