"""Simulated annealing over permutations on the barrier itself."""

from dataclasses import dataclass
from math import exp
from typing import ClassVar, Literal

import torch
from torch import Generator, Tensor

from ..checked_fields import NonNegativeInt, PositiveFloat, PositiveInt
from ..errors import UserError
from .base import Alignment, Method, Network, Problem, needs_equal_widths, needs_labels, subset
from .matching.midpoint import batch_loss, logits_of_batch, with_batch_statistics
from .matching.moving_midpoint import MovingMidpoint
from .symmetry.axes import Params
from .symmetry.reorderings import after, drawn, identity, transpositions
from .weight_matching import Permutations


@dataclass(frozen=True)
class Annealing(Method):
    """Search the permutations at random for the lowest barrier at the midpoint.

    A move swaps one random pair of units in every group; it is kept if the barrier on one batch of
    training data falls, and else with a probability that shrinks with the rise and with a
    temperature that falls geometrically (Entezari et al. 2022, section 4; the details are those of
    the authors' code). Nothing but the barrier is assumed, and the steps needed grow with the
    width: it is a baseline, and the best search only where a group has a handful of units. More
    than two networks are each matched to the first. No barrier left ends the search.

    `energy`: the barrier in "loss", as the paper defines it, or in "accuracy", as the authors' code
    measures it. `batch`: training samples drawn by the seed; theirs is the first batch, of 64.
    `steps`: theirs are 50,000. `hot`, `cold`: the first and the last temperature. Theirs are 25,000
    and 2.5, at which barriers of any size are taken nearly always. `start`: theirs is "random".
    The best permutation seen is returned, which the library they use does as well. Batch norms of
    the midpoint use the batch's statistics.
    """

    energy: Literal["loss", "accuracy"] = "loss"
    batch: PositiveInt = 256
    steps: NonNegativeInt = 1000
    hot: PositiveFloat = 1e-2
    cold: PositiveFloat = 1e-4
    start: Literal["identity", "random"] = "identity"

    name: ClassVar[str] = "annealing"
    paper: ClassVar[str] = "Entezari et al. 2022"
    recovers: ClassVar[bool] = False  # by chance alone, beyond a handful of units

    def __post_init__(self):
        if self.cold > self.hot:
            raise UserError(f"annealing cools from hot to cold, not from {self.hot} to {self.cold}")

    def skip(self, problem: Problem) -> str | None:
        return needs_labels(problem) or needs_equal_widths(problem)

    def align(self, problem: Problem) -> Alignment:
        generator = problem.generator()
        samples = subset(problem.training_data, self.batch, generator)
        batch = samples[torch.arange(len(samples))]
        reference, *others = problem.networks
        found = [self._search(reference, other, batch, generator) for other in others]
        return Alignment(
            ({}, *(search.best for search in found)),
            {
                "energy": sum(search.lowest for search in found) / len(found),
                "steps": sum(search.steps for search in found),
                "accepted": sum(search.accepted for search in found),
            },
        )

    @torch.no_grad()
    def _search(
        self, fixed: Network, moving: Network, batch: tuple[Tensor, ...], generator: Generator
    ) -> "_AnnealingSearch":
        midpoint, middle = with_batch_statistics(fixed), MovingMidpoint(fixed, moving)
        ends = (
            self._height(fixed, fixed.params, batch) + self._height(moving, moving.params, batch)
        ) / 2

        def barrier(maps: Permutations) -> float:
            height = self._height(midpoint, middle.under(maps), batch)
            return max(height - ends, 0.0)  # over the whole line it is never negative

        maps = self._start(fixed, fixed.numbers.device, generator)
        here = barrier(maps)
        search = _AnnealingSearch(maps, here)
        cooling = self.cold / self.hot
        while search.steps < self.steps and search.lowest > 0:
            temperature = self.hot * cooling ** (search.steps / self.steps)
            search.steps += 1
            swaps = transpositions(moving.symmetry, generator, batch[0].device)
            trial = {group: after(swap, maps[group]) for group, swap in swaps.items()}
            there = barrier(trial)
            chance = float(torch.rand((), generator=generator))
            if there <= here or chance < exp((here - there) / temperature):
                maps, here = trial, there
                search.accepted += 1
                search.offer(maps, here)
        return search

    def _height(self, network: Network, params: Params, batch: tuple[Tensor, ...]) -> float:
        """What the barrier is made of: the loss, or the share of errors."""
        if self.energy == "loss":
            return float(batch_loss(network, params, batch))
        x, y = batch
        return float((logits_of_batch(network, params, x).argmax(1) != y).double().mean())

    def _start(self, network: Network, device: torch.device, generator: Generator) -> Permutations:
        if self.start == "identity":
            return identity(network.symmetry, device)
        return drawn(network.symmetry, generator, device)


@dataclass(eq=False)
class _AnnealingSearch:
    """The best permutations so far."""

    best: Permutations
    lowest: float
    steps: int = 0
    accepted: int = 0

    def offer(self, maps: Permutations, energy: float) -> None:
        if energy < self.lowest:
            self.best, self.lowest = maps, energy
