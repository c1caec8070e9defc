"""Sinkhorn Re-Basin: soft permutations learned by gradient descent, made hard in the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from ..checked_fields import NonNegativeFloat, PositiveFloat, PositiveInt
from .base import (
    Alignment,
    Method,
    Network,
    Problem,
    Samples,
    needs_equal_widths,
    needs_labels,
    shuffled_batches,
)
from .matching.assignment import assign
from .matching.midpoint import batch_loss, point, with_batch_statistics
from .matching.sinkhorn import COLUMN_ERROR, Differentiation, column_error, sinkhorn
from .symmetry.axes import Params
from .symmetry.maps import Linear, Permutation
from .weight_matching import Permutations

Cost = Literal["weights", "midpoint", "random"]


@dataclass(frozen=True)
class SinkhornRebasin(Method):
    """Learn the permutations of all groups at once by the gradient of a cost.

    Each group has a matrix of scores; Sinkhorn's normalisation makes it doubly stochastic, the
    network moved by these soft permutations is given a cost, and the scores follow its gradient;
    the permutations of highest score are returned (Pena et al. 2023, the costs L2, midpoint and
    random). With the cost on weights it is a slower, smoother rival of weight matching that needs
    no data; prefer it for a cost that no assignment can state, the loss of the merge. More than
    two networks are each matched to the first.

    `cost`: "weights", the squared distance; "midpoint", the training loss half-way; "random", the
    loss at a point of the line drawn anew each step. `iterations`: steps of AdamW at
    `learning_rate`, 0.1 in the authors' examples, which take 180 for an MLP. `batch`: of the costs
    on data. `temperature`: divides the scores; `normalisations`: of columns and rows. Both are the
    authors' values. `noise`: standard deviation of what is added to the identity at the start; the
    authors' constructor adds 0.1, their `identity_init` nothing. `differentiation`: "implicit" is
    the authors', "unrolled" the plain alternative; they agree as far as Sinkhorn has converged,
    which the stats tell of the last step (`sinkhorn_error`: of the columns' sums, which are one).

    Read in the authors' code, and followed: costs, start, optimiser, values, the last permutation
    by assignment on the scores. Reconstructed: the batches' order, and batch norms, which use the
    batch's statistics here, where theirs permute the running ones.
    """

    cost: Cost = "weights"
    iterations: PositiveInt = 100
    learning_rate: PositiveFloat = 0.1
    batch: PositiveInt = 1000
    temperature: PositiveFloat = 1.0
    normalisations: PositiveInt = 20
    noise: NonNegativeFloat = 0.0
    differentiation: Differentiation = "implicit"

    name: ClassVar[str] = "sinkhorn-rebasin"
    paper: ClassVar[str] = "Pena et al. 2023"

    def skip(self, problem: Problem) -> str | None:
        lacking = needs_labels(problem) if self.cost != "weights" else None
        return lacking or needs_equal_widths(problem)

    def align(self, problem: Problem) -> Alignment:
        reference, *others = problem.networks
        generator = problem.generator()
        learned, maps = [], []
        for other in others:
            scores = self._scores(other, problem.device, generator)
            learned.append(self._learn(scores, reference, other, problem, generator))
            maps.append(_hard(scores))
        error = max(last.error for last in learned)
        return Alignment(
            ({}, *maps),
            {
                "cost": sum(last.cost for last in learned) / len(learned),
                "iterations": self.iterations,
                "sinkhorn_error": error,
                "converged": error <= COLUMN_ERROR,
            },
        )

    def _scores(
        self, network: Network, device: torch.device, generator: Generator
    ) -> dict[str, Tensor]:
        dtype = next(iter(network.weights.values())).dtype
        scores = {}
        for group, n in network.widths.items():
            noise = torch.randn(n, n, generator=generator, dtype=dtype)
            start = (torch.eye(n, dtype=dtype) + self.noise * noise).to(device)
            scores[group] = start.requires_grad_()
        return scores

    def _learn(
        self,
        scores: dict[str, Tensor],
        fixed: Network,
        moving: Network,
        problem: Problem,
        generator: Generator,
    ) -> "_LastStep":
        """Move the `scores`, in place; returns what is to be said of the last step."""
        cost, soft = torch.tensor(0.0), dict[str, Linear]()
        judge = with_batch_statistics(fixed)
        optimiser = torch.optim.AdamW(scores.values(), lr=self.learning_rate)
        batches = (
            _batches(problem.training_data, self.batch, generator)
            if self.cost != "weights"
            else None
        )
        for _ in range(self.iterations):
            soft = {g: self._soft(s) for g, s in scores.items()}
            moved = moving.symmetry.transport(moving.weights, soft)
            if batches is None:
                cost = _distance(fixed.weights, moved)
            else:
                at = 0.5 if self.cost == "midpoint" else float(torch.rand((), generator=generator))
                cost = batch_loss(
                    judge, point(fixed.params, fixed.completed(moved), at), next(batches)
                )
            optimiser.zero_grad()
            cost.backward()
            optimiser.step()
        return _LastStep(float(cost.detach()), max(column_error(m.into) for m in soft.values()))

    def _soft(self, scores: Tensor) -> Linear:
        plan = sinkhorn(scores / self.temperature, self.normalisations, self.differentiation)
        return Linear(plan, plan.T)


@dataclass(frozen=True)
class _LastStep:
    """The cost of the soft permutations, and how far they were from doubly stochastic."""

    cost: float
    error: float


def _distance(a: Params, b: Params) -> Tensor:
    """The squared distance of all weights, a parameter."""
    total = torch.stack([(value - b[name]).square().sum() for name, value in a.items()]).sum()
    return total / sum(value.numel() for value in a.values())


def _hard(scores: dict[str, Tensor]) -> Permutations:
    return {g: Permutation(assign(s.detach())) for g, s in scores.items()}


def _batches(samples: Samples, size: int, generator: Generator) -> Iterator[tuple[Tensor, ...]]:
    """Batches without end, the order drawn anew for each pass."""
    while True:
        for index in shuffled_batches(samples, size, generator):
            yield samples[index]
