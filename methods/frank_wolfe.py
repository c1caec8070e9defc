"""Frank-Wolfe matching: all groups of all networks at once, through a basis of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from torch import Tensor

from ..checked_fields import NonNegativeFloat, NonNegativeInt
from .base import Alignment, Method, Problem, weighted_mean
from .matching.assignment import assign
from .matching.common_basis import first_stays
from .matching.sinkhorn import sinkhorn
from .matching.weights.nested_gains import NestedGains
from .matching.weights.objective import matched_objective
from .matching.weights.relaxed_pair import RelaxedPair, degree, matrix_of, nearest
from .symmetry.axes import Params, Symmetry
from .symmetry.maps import Linear, Map, Permutation
from .symmetry.reorderings import completed
from .weight_matching import Permutations, weight_objective

FrankWolfeStart = Literal["identity", "barycentre", "random"]


@dataclass(frozen=True)
class FrankWolfe(Method):
    """Maximise the inner products of all pairs of networks over doubly stochastic matrices.

    Every network has a matrix per group that takes its units into a common basis, the universe, so
    that the maps between networks, two of these in a row, are cycle-consistent by construction.
    All matrices move at once towards the permutations that fit the gradient best, by the best
    step; in the end each becomes the nearest permutation (C2M3, Crisostomi et al. 2024; two
    networks are its pairwise form, where the first one's matrices stay the identity). No order of
    groups enters, unlike in weight matching: prefer it when the spread over seeds matters, or
    cycles do. It multiplies full matrices and takes many times as long as weight matching.

    The matrices of units within others (in heads, in groups) are one for all of these, since doubly
    stochastic ones of each would mix what belongs to several; in the end steps of weight matching
    give each its own order.

    `start`: "identity" is the default of the authors' code for many networks; "barycentre", all
    matrices uniform but the first network's; "random", doubly stochastic ones drawn by the seed.
    `iterations`: an upper bound; 100 and 200 in the authors' configurations. `tolerance`: stop when
    the duality gap, a first-order bound on what is still to gain, is below this share of the
    networks' squared norms.

    Against the authors' code, which was read for this (the paper's algorithms were not): the step
    is the maximum of the exact polynomial, where theirs is a bounded scalar search to 1e-3; theirs
    stops after five steps that gain less than 1e-6 in all; theirs returns the last matrices'
    permutations, this the best of those, the start's and the identity, judged as permutations; the
    first network stays where it is, by reordering the basis at the end.
    """

    start: FrankWolfeStart = "identity"
    iterations: NonNegativeInt = 100
    tolerance: NonNegativeFloat = 1e-4

    name: ClassVar[str] = "frank-wolfe"
    paper: ClassVar[str] = "Crisostomi et al. 2024"

    def align(self, problem: Problem) -> Alignment:
        first = problem.networks[0]
        symmetry = first.symmetry.only(first.weights)
        weights = [network.weights for network in problem.networks]
        identity = [_identity(problem) for _ in weights]
        universe = _search(symmetry, weights, self._start(problem))
        begun = universe.permutations()
        enough = self.tolerance * sum(weight_objective(w, w) for w in weights)
        iterations, converged = 0, False
        while iterations < self.iterations and not converged:
            iterations += 1
            converged = universe.climb() <= enough
        candidates = [identity, begun, universe.permutations()]
        reached = [_objective(symmetry, weights, maps) for maps in candidates]
        best = candidates[int(np.argmax(reached))]
        objective = max(reached)
        if symmetry.nested():
            best = _with_inner_orders(symmetry, weights, best)
            objective = _objective(symmetry, weights, best)
        return Alignment(
            first_stays(best),
            {
                "objective": objective,
                "relaxed_objective": universe.objective,
                "iterations": iterations,
                "converged": converged,
            },
        )

    def _start(self, problem: Problem) -> list[dict[str, Map]]:
        """Where every network's matrices begin; the first one's at the identity whatever `start`.

        With all of them uniform nothing would tell the networks' units apart: a saddle point.
        """
        generator = problem.generator()
        starts: list[dict[str, Map]] = []
        for i, network in enumerate(problem.networks):
            maps: dict[str, Map] = dict(_identity(problem))
            if self.start != "identity" and i > 0:
                for group, n in network.widths.items():
                    scores = torch.zeros(n, n, dtype=torch.float64)
                    if self.start == "random":
                        scores.normal_(generator=generator)
                    matrix = sinkhorn(scores, 100).to(problem.device)
                    maps[group] = Linear(matrix, matrix.T)
            starts.append(maps)
        return starts


def _search(
    symmetry: Symmetry, weights: Sequence[Params], maps: Sequence[Mapping[str, Map]]
) -> "RelaxedPair | Universe":
    """The cheap search where there is one: of two networks no weight of which moves three times."""
    cheap = len(weights) == 2 and degree(symmetry) <= 2
    return (RelaxedPair if cheap else Universe)(symmetry, weights, maps)


def _objective(
    symmetry: Symmetry, weights: Sequence[Params], maps: Sequence[Mapping[str, Map]]
) -> float:
    """The sum over pairs of networks of the inner product of all weights in the basis of `maps`."""
    if len(weights) == 2:
        fixed = symmetry.transport(weights[0], maps[0])
        return matched_objective(symmetry, fixed, weights[1], maps[1])
    return Universe(symmetry, weights, maps).objective


def _with_inner_orders(
    symmetry: Symmetry, weights: Sequence[Params], maps: Sequence[Permutations]
) -> list[Permutations]:
    """The maps with an order of its own under every outer unit, by steps of weight matching.

    One network and one such group at a time, while all others stay, until none gains.
    """
    full = [completed(symmetry, own, next(iter(weights[0].values())).device) for own in maps]
    placed = [symmetry.transport(w, m) for w, m in zip(weights, full, strict=True)]
    moving = range(1 if len(weights) == 2 else 0, len(weights))
    better = True
    while better:
        better = False
        for k in moving:
            rest = _sum([p for i, p in enumerate(placed) if i != k])
            gains = NestedGains(symmetry, rest, weights[k], torch.float64)
            for group in gains.families:
                if steps := gains.better(group, full[k]):
                    full[k], better = full[k] | steps, True
            placed[k] = symmetry.transport(weights[k], full[k])
    return full


def _identity(problem: Problem) -> Permutations:
    widths = problem.networks[0].widths
    return {g: Permutation.identity(n, problem.device) for g, n in widths.items()}


class Universe:
    """Networks placed in a common basis by doubly stochastic matrices, which move all at once.

    The objective is the sum over pairs of networks of the inner product of all weights in the
    basis. Of two networks the first one's matrices stay, since only their product counts.
    """

    def __init__(
        self, symmetry: Symmetry, weights: Sequence[Params], maps: Sequence[Mapping[str, Map]]
    ):
        self._symmetry = symmetry
        self._weights = weights
        self._maps: list[Mapping[str, Map]] = list(maps)
        self._placed = [symmetry.transport(w, m) for w, m in zip(weights, maps, strict=True)]
        self._moving = range(1 if len(weights) == 2 else 0, len(weights))
        # Along a step each weight is a polynomial, of the degree of its axes that move: as many
        # points and one say all, and the objective is a quadratic form in the values there.
        self._steps = np.linspace(0, 1, degree(symmetry) + 1)
        self._to_powers = np.linalg.inv(np.vander(self._steps, increasing=True))

    @property
    def objective(self) -> float:
        total = _sum(self._placed)
        return (
            weight_objective(total, total) - sum(weight_objective(p, p) for p in self._placed)
        ) / 2

    def permutations(self) -> list[Permutations]:
        """The nearest permutations."""
        return [{g: nearest(m) for g, m in maps.items()} for maps in self._maps]

    def climb(self) -> float:
        """Take the best step towards the best corner; returns the duality gap there was before.

        No step with a positive gain leaves all as it is and returns 0.
        """
        corners, gap = self._corners()
        return gap if gap > 0 and self._move(corners) else 0.0

    def _corners(self) -> tuple[list[Mapping[str, Map]], float]:
        """The permutations that fit the gradient best, and how much better than the present."""
        total, corners, gap = _sum(self._placed), list(self._maps), 0.0
        for k in self._moving:
            rest = {name: value - self._placed[k][name] for name, value in total.items()}
            corner: Permutations = {}
            for group, here in self._maps[k].items():
                gradient = (
                    self._symmetry.features(rest, group)
                    @ self._symmetry.features(self._weights[k], group, self._maps[k]).T
                )
                corner[group] = Permutation(assign(gradient))
                gap += _fit(gradient, corner[group]) - _fit(gradient, here)
            corners[k] = corner
        return corners, gap

    def _move(self, corners: Sequence[Mapping[str, Map]]) -> bool:
        points = [self._points(k, corner) for k, corner in enumerate(corners)]
        flat = [torch.stack([_flat(p) for p in one]).double() for one in points]
        total = torch.stack(flat).sum(0)
        pairs = (total @ total.T - sum(x @ x.T for x in flat)) / 2
        step = _best_step(self._to_powers @ pairs.cpu().numpy() @ self._to_powers.T)
        if step == 0:
            return False
        per_network_data = (step ** np.arange(len(self._steps)) @ self._to_powers).tolist()
        for k in self._moving:
            self._maps[k] = {g: _between(m, corners[k][g], step) for g, m in self._maps[k].items()}
            self._placed[k] = points[k][-1] if step == 1 else _sum(points[k], per_network_data)
        return True

    def _points(self, k: int, corner: Mapping[str, Map]) -> list[Params]:
        """Network `k` at every step; one that stays is the same at all."""
        if k not in self._moving:
            return [self._placed[k]] * len(self._steps)
        later = [
            {g: _between(m, corner[g], step) for g, m in self._maps[k].items()}
            for step in self._steps[1:]
        ]
        return [
            self._placed[k],
            *(self._symmetry.transport(self._weights[k], maps) for maps in later),
        ]


def _best_step(form: NDArray[np.float64]) -> float:
    """Where in [0, 1] the sum over i and j of `form[i, j]` t^(i + j) is largest."""
    n = len(form)
    powers = np.array([np.trace(form[::-1], offset) for offset in range(1 - n, n)])
    # A coefficient that is rounding alone would throw the roots off by more than it is.
    objective = Polynomial(powers).trim(1e-11 * float(np.abs(powers).max()))
    roots = objective.deriv().roots()
    turns = roots[np.isreal(roots)].real
    steps = np.array([0.0, 1.0, *turns[(turns > 0) & (turns < 1)]])
    return float(steps[np.argmax(objective(steps))])


def _between(here: Map, there: Map, step: float) -> Map:
    """The doubly stochastic matrix at `step` of the way."""
    if step == 1:
        return there
    matrix = torch.lerp(matrix_of(here), matrix_of(there), step)
    return Linear(matrix, matrix.T)


def _fit(gradient: Tensor, map: Map) -> float:
    """<gradient, map>, summed in float64."""
    if isinstance(map, Permutation):
        return float(gradient.gather(1, map.index[:, None]).double().sum())
    return float((gradient.double() * matrix_of(map)).sum())


def _flat(params: Params) -> Tensor:
    return torch.cat([value.flatten() for value in params.values()])


def _sum(networks: Sequence[Params], per_network_data: Sequence[float] | None = None) -> Params:
    """The sum of the networks, each times its share if given."""
    return weighted_mean(networks, per_network_data or [1.0] * len(networks))
