"""Weight matching from several starts; the best objective is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean, mode, pstdev
from typing import ClassVar, Literal, NamedTuple

import torch

from ..checked_fields import NonNegativeInt, PositiveInt
from .activation_matching import ActivationMatching
from .base import (
    Alignment,
    InnerOrders,
    Method,
    Network,
    Problem,
    needs_equal_widths,
    needs_program,
    needs_samples,
)
from .frank_wolfe import FrankWolfe
from .matching.weights.gains import Gram
from .matching.weights.sorted_weights import match_sorted
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
    runs it, in this order,

    - from the identity in the orders "random" (the one that `WeightMatching` takes for the same
      seed), "widest" and "forward";
    - in the order "widest" from the greedy forward pass, and from the activation matching of
      `samples` training images, where there are any;
    - from `restarts` random permutations in random orders;
    - from the greedy forward pass in the orders "random" (again that of `WeightMatching`) and
      "forward";
    - in the order "widest" from the units' sorted weights (`match_sorted`), which need no group to
      be placed before another, and from `relaxed` iterations of `FrankWolfe` from the barycentre,
      which move all groups at once and prefer no order of units. On trained perceptrons and
      residual networks (digits, three pairs each) this start won every time, by 0.5 to 2 % of the
      objective; it takes most of the time.

    So the objective is never below that of `WeightMatching` of the same seed from any start in any
    order, and what is planted without noise is found wherever sorted weights tell units apart. The
    bound |A| |B| of the inner product (Cauchy-Schwarz) holds for every permutation: once it is
    reached no more starts are tried, so that networks that are permutations of each other cost
    little; of several networks this is said of the last, since weight matching draws its orders
    network by network. Multi-start is a standard device, not one paper's.

    Prefer it to weight matching wherever some twenty times its seconds are at hand, above all for
    deep residual networks. A higher objective is a smaller distance, not yet a lower barrier. More
    than two networks are each matched to the first.

    `restarts`: random starts; the first k are the same for every larger number. `samples`: 0
    leaves activations out; so do problems without training data or without a traced program.
    `relaxed`: 0 leaves Frank-Wolfe out. `sweeps`, `precision`: of each weight matching.
    `inner_orders`: of units within others (in heads, in groups), "own" under each of these or one
    "shared" by all of them.

    Of several networks the stats sum the objectives and the worst of them, average their standard
    deviations, and name the `winner` (its place among the starts, from 0) that is most frequent.
    """

    restarts: NonNegativeInt = 2
    samples: NonNegativeInt = 500
    relaxed: NonNegativeInt = 20
    sweeps: PositiveInt = 100
    precision: Literal["float32", "float64"] = "float32"
    inner_orders: InnerOrders = "own"

    name: ClassVar[str] = "best-of"
    paper: ClassVar[str] = "Ainsworth et al. 2023, Algorithm 1, several starts"

    def skip(self, problem: Problem) -> str | None:
        lacking = needs_samples(problem) if self._looks_at(problem) else None
        return lacking or needs_equal_widths(problem)

    def align(self, problem: Problem) -> Alignment:
        tried = self.tried(problem)
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

    def _looks_at(self, problem: Problem) -> bool:
        """Whether one of the starts is found on data."""
        return bool(self.samples and problem.samples is not None) and not needs_program(problem)

    def tried(self, problem: Problem) -> list[list[WeightMatch]]:
        """For each network but the first its matches from all starts, in their order."""
        *others, last = problem.networks[1:]
        visits = _Visits(problem.generator(), problem.generator())
        found = [self._matches(problem, other, visits, every=True) for other in others]
        return [*found, self._matches(problem, last, visits, every=False)]

    def _matches(
        self, problem: Problem, moving: Network, visits: "_Visits", *, every: bool
    ) -> list[WeightMatch]:
        """The matches of `moving` from all starts; unless `every`, until none can be better."""
        fixed = problem.networks[0]
        a, b = fixed.weights, moving.weights
        symmetry = fixed.symmetry.only(a)
        bound = (weight_objective(a, a) * weight_objective(b, b)) ** 0.5
        gram = Gram(symmetry, a, b, self._dtype, without=symmetry.nested())
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
                dtype=self._dtype,
                gram=gram,
            )
            matches.append(match)
            if not every and match.objective >= bound * (1 - AT_BOUND):
                break
        return matches

    def _starts(
        self, problem: Problem, moving: Network, visits: "_Visits"
    ) -> Iterator[tuple[Permutations, Order, torch.Generator]]:
        """Where each ascent begins, its order of visits and the source of that order."""
        fixed = problem.networks[0]
        yield {}, "random", visits.from_identity
        draws = problem.generator()  # the same starts for each network
        yield {}, "widest", draws
        yield {}, "forward", draws
        a, b = fixed.weights, moving.weights
        symmetry = fixed.symmetry.only(a)
        passed = greedy(symmetry, a, b)
        yield passed, "widest", draws
        pair = Problem(
            (fixed, moving), problem.samples, problem.seed, validation=problem.validation
        )
        if self.samples and self._looks_at(pair):
            yield _permutations_of(ActivationMatching(samples=self.samples), pair), "widest", draws
        for _ in range(self.restarts):
            yield drawn(symmetry, draws, problem.device), "random", draws
        yield passed, "random", visits.from_greedy
        yield passed, "forward", draws
        yield match_sorted(symmetry, a, b, self._dtype), "widest", draws
        if self.relaxed:
            relaxed = FrankWolfe("barycentre", self.relaxed)
            yield _permutations_of(relaxed, pair), "widest", draws

    @property
    def _dtype(self) -> torch.dtype:
        return getattr(torch, self.precision)


class _Visits(NamedTuple):
    """Sources of random orders, each one for all networks, as weight matching has it."""

    from_identity: torch.Generator
    from_greedy: torch.Generator


def _permutations_of(method: Method, pair: Problem) -> Permutations:
    """What `method` makes of the second network, where it only reorders."""
    maps = method.align(pair).maps[1]
    return {group: map for group, map in maps.items() if isinstance(map, Reordering)}
