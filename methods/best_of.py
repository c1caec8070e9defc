"""Weight matching from several starts; the best objective is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean, mode, pstdev
from typing import ClassVar, Literal

import torch

from ..checked_fields import NonNegativeInt, PositiveInt
from .activation_matching import ActivationMatching
from .base import Alignment, Method, Network, Problem, needs_program, needs_samples
from .matching.gains import Gram
from .symmetry.maps import Reordering
from .symmetry.reorderings import drawn
from .weight_matching import (
    Order,
    Permutations,
    WeightMatch,
    greedy,
    match_weights,
    weight_objective,
)

AT_BOUND = 1e-9
"""An objective this close to its upper bound, relatively, is as good as any start can reach."""


@dataclass(frozen=True)
class BestOf(Method):
    """Weight matching from several starts, of which the highest objective is kept.

    Coordinate ascent stops at a local optimum that depends on where it starts and on the order of
    visits (Ainsworth et al. 2023, section 3.2 and Algorithm 1, whose authors run it once). This
    runs it, in this order, from the identity in the random order that `WeightMatching` takes for
    the same seed, and in the orders "widest" and "forward"; then, in the order "widest", from the
    greedy forward pass and from the activation matching of `samples` training images, where there
    are any; last from `restarts` random permutations in random orders. So the objective is never
    below that of weight matching. The bound |A| |B| of the inner product (Cauchy-Schwarz) holds
    for every permutation: once it is reached no more starts are tried, so that networks that are
    permutations of each other cost little. Multi-start is a standard device, not one paper's.

    Prefer it to weight matching wherever a few times its seconds are at hand, above all for deep
    residual networks. A higher objective is a smaller distance, not yet a lower barrier. More than
    two networks are each matched to the first.

    `restarts`: random starts; the first k are the same for every larger number. `samples`: 0
    leaves activations out; so do problems without training data or without a traced program.
    `sweeps`, `precision`: of each weight matching.

    Of several networks the stats sum the objectives and the worst of them, average their standard
    deviations, and name the `winner` (its place among the starts, from 0) that is most frequent.
    """

    restarts: NonNegativeInt = 2
    samples: NonNegativeInt = 500
    sweeps: PositiveInt = 100
    precision: Literal["float32", "float64"] = "float32"

    name: ClassVar[str] = "best-of"
    paper: ClassVar[str] = "Ainsworth et al. 2023, Algorithm 1, several starts"

    def align(self, problem: Problem) -> Alignment:
        visits = problem.generator()  # one for all networks, as in weight matching
        tried = [self._matches(problem, other, visits) for other in problem.networks[1:]]
        objectives = [[match.objective for match in matches] for matches in tried]
        winners = [reached.index(max(reached)) for reached in objectives]
        kept = [matches[i] for matches, i in zip(tried, winners, strict=True)]
        return Alignment(
            ({}, *(match.maps for match in kept)),
            {
                "objective": sum(map(max, objectives)),
                "objective_min": sum(map(min, objectives)),
                "objective_std": fmean(map(pstdev, objectives)),
                "winner": mode(winners),
                "starts": sum(map(len, tried)),
                "sweeps": sum(match.sweeps for matches in tried for match in matches),
                "solves": sum(match.solves for matches in tried for match in matches),
                "converged": all(match.converged for match in kept),
            },
        )

    def _matches(
        self, problem: Problem, moving: Network, visits: torch.Generator
    ) -> list[WeightMatch]:
        """The matches of `moving` from all starts, or until one cannot be improved upon."""
        fixed = problem.networks[0]
        a, b = fixed.weights, moving.weights
        symmetry = fixed.symmetry.only(a)
        bound = (weight_objective(a, a) * weight_objective(b, b)) ** 0.5
        gram = Gram(symmetry, a, b, getattr(torch, self.precision), without=symmetry.nested())
        matches: list[WeightMatch] = []
        for start, order, generator in self._starts(problem, moving, visits):
            match = match_weights(
                symmetry,
                a,
                b,
                generator,
                start=start,
                order=order,
                sweeps=self.sweeps,
                dtype=getattr(torch, self.precision),
                gram=gram,
            )
            matches.append(match)
            if match.objective >= bound * (1 - AT_BOUND):
                break
        return matches

    def _starts(
        self, problem: Problem, moving: Network, visits: torch.Generator
    ) -> Iterator[tuple[Permutations, Order, torch.Generator]]:
        """Where each ascent begins, its order of visits and the source of that order."""
        fixed = problem.networks[0]
        yield {}, "random", visits
        draws = problem.generator()  # the same starts for each network
        yield {}, "widest", draws
        yield {}, "forward", draws
        symmetry = fixed.symmetry.only(fixed.weights)
        yield greedy(symmetry, fixed.weights, moving.weights), "widest", draws
        pair = Problem(
            (fixed, moving), problem.samples, problem.seed, validation=problem.validation
        )
        if self.samples and not (needs_samples(pair) or needs_program(pair)):
            yield _by_activations(pair, self.samples), "widest", draws
        for _ in range(self.restarts):
            yield drawn(symmetry, draws, problem.device), "random", draws


def _by_activations(pair: Problem, samples: int) -> Permutations:
    maps = ActivationMatching(samples=samples).align(pair).maps[1]
    return {group: map for group, map in maps.items() if isinstance(map, Reordering)}
