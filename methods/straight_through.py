"""The straight-through estimator: Git Re-Basin's Algorithm 2."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from ..checked_fields import Momentum, NonNegativeFloat, PositiveInt
from .base import (
    Alignment,
    InnerOrders,
    Method,
    Network,
    Problem,
    Samples,
    needs_equal_widths,
    needs_labels,
    shuffled_batches,
    subset,
)
from .matching.midpoint import batch_loss, point, with_batch_statistics
from .symmetry.axes import Params
from .weight_matching import Ascent, Order, Permutations, ascend


@dataclass(frozen=True)
class StraightThrough(Method):
    """Learn the permutation by gradient descent on the loss of the midpoint.

    A proxy of the second network starts at the first and takes the gradients of the midpoint's
    training loss as if it were the permuted network; before every step it is projected onto the
    permutations of the second by weight matching (Ainsworth et al. 2023, section 3.3, equation 3).
    The result is a permutation and nothing else: the proxy is discarded. Prefer it when the last
    hundredths of a barrier matter and labels and minutes are at hand. More than two networks are
    each matched to the first.

    `epochs`: the authors run 250, this default a few. `batch`, `learning_rate`, `momentum`: as
    the authors' MNIST script. `keep`: "best" keeps the permutation with the lowest loss on `judge`
    fixed training samples; "last" is what the authors' MLP scripts in effect return, since their
    best permutation is an alias of the present one (they judge it on a single batch).
    `order`, `sweeps`: of the projection. `inner_orders`: of units within others (in heads, in
    groups), "own" under each of these or one "shared" by all of them. Batch norms of the midpoint
    use the batch's statistics; the authors' networks have none.

    Two fields are no part of the paper; they ask whether aligning again is needed at all. `every`:
    steps between projections, 1 as published; `None` projects once, before the first step, so no
    step is taken. `start`: where the proxy begins, "identity" at the first network as published;
    "weight-matching" at the second as weight matching permutes it, so that gradients must carry it
    away from that permutation before any other is tried. The first permutation is that of weight
    matching for both: each projection begins at the one before.

    With `every=None` it is weight matching of two networks, permutation for permutation. Of more
    networks each is matched in the orders of visits that the seed draws first, where weight
    matching draws on: from the third on the permutations may differ.
    """

    epochs: PositiveInt = 3
    batch: PositiveInt = 1000
    learning_rate: NonNegativeFloat = 1e-2
    momentum: Momentum = 0.9
    keep: Literal["best", "last"] = "best"
    judge: PositiveInt = 2000
    order: Order = "random"
    sweeps: PositiveInt = 100
    every: PositiveInt | None = 1
    start: Literal["identity", "weight-matching"] = "identity"
    inner_orders: InnerOrders = "own"

    name: ClassVar[str] = "straight-through"
    paper: ClassVar[str] = "Ainsworth et al. 2023, Algorithm 2"

    def skip(self, problem: Problem) -> str | None:
        return needs_labels(problem) or needs_equal_widths(problem)

    def align(self, problem: Problem) -> Alignment:
        reference, *others = problem.networks
        data, seed = problem.training_data, problem.seed
        found = [self._learn(reference, other, data, seed) for other in others]
        return Alignment(
            maps=({}, *(state.best for state in found)),
            stats={
                "loss": sum(state.loss for state in found) / len(found),
                "steps": found[0].steps,
                "permutations_tried": sum(state.tried for state in found),
                "converged": all(state.converged for state in found),
            },
        )

    def _learn(self, fixed: Network, moving: Network, samples: Samples, seed: int) -> "_Search":
        midpoint = with_batch_statistics(fixed)
        judge = _all(subset(samples, self.judge, torch.Generator().manual_seed(seed)))
        visits, shuffles = (torch.Generator().manual_seed(seed) for _ in range(2))
        state = _Search({}, float("inf"))

        def judged(maps: Permutations) -> Params:
            permuted = moving.symmetry.transport(moving.params, maps)
            with torch.no_grad():
                middle = point(fixed.params, permuted, kept=fixed.kept)
                value = batch_loss(midpoint, middle, judge)
            state.offer(maps, float(value), self.keep)
            return permuted

        def projected(proxy: Params, start: Permutations) -> Permutations:
            match = self._project(fixed, proxy, moving, visits, start)
            state.converged &= match.converged
            return match.maps

        maps = projected(fixed.weights, {})
        permuted = judged(maps)
        if self.every is None:
            return state
        begin = permuted if self.start == "weight-matching" else fixed.params
        proxy = {name: begin[name].clone().requires_grad_() for name in fixed.weights}
        optimiser = torch.optim.SGD(proxy.values(), lr=self.learning_rate, momentum=self.momentum)
        middle = _leaves(fixed, permuted)
        for _ in range(self.epochs):
            for index in shuffled_batches(samples, self.batch, shuffles):
                if state.steps and state.steps % self.every == 0:
                    found = projected(proxy, maps)
                    if found != maps:
                        maps, permuted = found, judged(found)
                        middle = _leaves(fixed, permuted)
                batch_loss(midpoint, middle, samples[index]).backward()
                for name, value in proxy.items():
                    value.grad = _half_of_gradient(middle[name])
                optimiser.step()
                state.steps += 1
        return state

    def _project(
        self,
        fixed: Network,
        proxy: Params,
        moving: Network,
        visits: torch.Generator,
        start: Permutations,
    ) -> Ascent:
        """The permutation of `moving` that weight matching finds for `proxy` from `start`."""
        return ascend(
            fixed.symmetry.only(fixed.weights),
            {name: w.detach() for name, w in proxy.items()},
            moving.weights,
            visits,
            start=start,
            order=self.order,
            sweeps=self.sweeps,
        )


@dataclass(eq=False)
class _Search:
    """The permutation to return so far."""

    best: Permutations
    loss: float
    steps: int = 0
    tried: int = 0
    converged: bool = True  # every projection's weight matching, within its sweeps

    def offer(self, maps: Permutations, loss: float, keep: str) -> None:
        self.tried += 1
        if keep == "last" or loss < self.loss:
            self.best, self.loss = maps, loss


def _leaves(fixed: Network, permuted: Params) -> Params:
    """The midpoint, whose weights take gradients; a tied one's is under all of its names."""
    middle = point(fixed.params, permuted, kept=fixed.kept)
    return fixed.completed({n: middle[n].requires_grad_() for n in fixed.weights}, middle)


def _half_of_gradient(leaf: Tensor) -> Tensor | None:
    """The midpoint's gradient is the proxy's, as if it were the permuted network; it is taken."""
    gradient, leaf.grad = leaf.grad, None
    return None if gradient is None else gradient.mul_(0.5)


def _all(samples: Samples) -> tuple[Tensor, ...]:
    return samples[torch.arange(len(samples))]
