"""MergeMany, Git Re-Basin's Algorithm 3: each network matched to the mean of the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch

from ..checked_fields import PositiveInt
from .base import Alignment, Method, Problem, weighted_mean
from .matching.common_basis import first_stays
from .symmetry.axes import Params
from .symmetry.reorderings import after, identity
from .weight_matching import Order, match_weights, weight_objective

PROGRESS = 1e-12
"""A gain below this share of the objective is rounding: sums are taken in float64."""


@dataclass(frozen=True)
class MergeMany(Method):
    """Bring many networks together by weight matching each with the mean of all the others.

    In random order each network is matched from where it stands, and moved if that brings it
    nearer; the rounds end when one brings nothing (Ainsworth et al. 2023, appendix A.10,
    Algorithm 3). Every step that is taken lowers the sum of squared distances to the mean. No
    network is the reference, so prefer it to matching each with the first when there are many; the
    answer depends on the order, thus on the seed. For two networks it is weight matching, with
    the same permutation for the same seed.

    `rounds`: an upper bound, the authors'. `order`, `sweeps`, `precision`: of the weight matching.

    Against the authors' code: the first network stays where it is, by reordering the basis at the
    end; a network is not matched again while the others stand as they did, which changes no
    result; a step is taken by a relative test, where theirs wants 1e-12 less distance in float32.
    """

    rounds: PositiveInt = 100
    order: Order = "random"
    sweeps: PositiveInt = 100
    precision: Literal["float32", "float64"] = "float32"

    name: ClassVar[str] = "merge-many"
    paper: ClassVar[str] = "Ainsworth et al. 2023, Algorithm 3"

    def align(self, problem: Problem) -> Alignment:
        first, count = problem.networks[0], len(problem.networks)
        symmetry = first.symmetry.only(first.weights)
        # Two streams: for two networks the visits are those of weight matching.
        turns, visits = problem.generator(), problem.generator()
        placed = [network.weights for network in problem.networks]
        maps = [identity(first.symmetry, problem.device) for _ in problem.networks]
        pending, rounds, accepted = set(range(count)), 0, 0
        while pending and rounds < self.rounds:
            rounds += 1
            for i in torch.randperm(count, generator=turns).tolist():
                if i not in pending:
                    continue
                pending.discard(i)
                rest = _mean_network([params for j, params in enumerate(placed) if j != i])
                match = match_weights(
                    symmetry,
                    rest,
                    placed[i],
                    visits,
                    order=self.order,
                    sweeps=self.sweeps,
                    dtype=getattr(torch, self.precision),
                )
                before = weight_objective(rest, placed[i])
                if match.objective - before <= PROGRESS * abs(before):
                    continue
                accepted += 1
                placed[i] = symmetry.transport(placed[i], match.maps)
                maps[i] = {g: after(match.maps[g], m) for g, m in maps[i].items()}
                pending = set(range(count)) - ({i} if match.converged else set())
        return Alignment(
            first_stays(maps),
            {
                "squared_distance": squared_distance(placed),
                "rounds": rounds,
                "accepted": accepted,
                "converged": not pending,
            },
        )


def squared_distance(networks: Sequence[Params]) -> float:
    """The sum over `networks` of squared distances to their mean, in float64."""
    mean = _mean_network(networks)
    return sum(
        float((params[name].double() - value.double()).square().sum())
        for params in networks
        for name, value in mean.items()
    )


def _mean_network(networks: Sequence[Params]) -> Params:
    return weighted_mean(networks, [1 / len(networks)] * len(networks))
