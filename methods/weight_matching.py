"""Weight matching: Git Re-Basin's Algorithm 1."""

from dataclasses import dataclass
from math import inf
from typing import ClassVar, Literal, Protocol

import torch

from ..checked_fields import PositiveInt
from .base import Alignment, InnerOrders, Method, Problem
from .matching.forward_pass import best_match, forward_pass, inner_products
from .matching.weights.ascent import Ascent as Ascent
from .matching.weights.ascent import Order as Order
from .matching.weights.ascent import Permutations as Permutations
from .matching.weights.ascent import WeightMatch
from .matching.weights.ascent import ascend as ascend
from .matching.weights.ascent import match_weights as match_weights
from .matching.weights.objective import weight_objective as weight_objective
from .symmetry.axes import Params, Symmetry

Start = Literal["identity", "greedy"]


@dataclass(frozen=True)
class WeightMatching(Method):
    """Permute the units so that the inner product of all weights is as large as possible.

    Coordinate ascent: one group at a time is matched on every weight that touches it while the
    others stay, until nothing improves (Ainsworth et al. 2023, section 3.2, Algorithm 1). Needs no
    data and takes a fraction of a second; prefer it wherever weights are all there is, and compare
    several seeds: the answer depends on the order of visits. More than two networks are each
    matched to the first.

    `order`: "random", redrawn every sweep as published; "forward", as the network writes its
    groups; "widest", the group that most weights touch first, which visits residual streams before
    the inner units of their blocks: from identity a random order recovers a planted permutation of
    a deep residual network only about half the time.
    `start`: "identity" as published, or "greedy", one forward pass on incoming weights, never
    worse than that pass. `sweeps`: an upper bound; 1 is the one-pass variant of appendix A.7.1.
    `precision`: of the gains; a step is accepted by a comparison in float64.
    `inner_orders`: of units within others (in heads, in groups), "own" under each of these or one
    "shared" by all of them.

    Against the authors' code: orders come from `seed` and not from Python's string hash, which
    differs in every process; a given start is never overwritten; a step is taken where it passes a
    relative test. With `as_released` every step is taken, and sweeps go on while some step gains
    1e-12 between two sums in the gains' own precision, as in their code; that is for networks in
    which no tensor carries a group twice. Where one does, as the recurrent weight of an LSTM, a
    linear step that gains nothing is followed by relaxed ones (`SquaredGroup`), which theirs has
    not. Theirs, and so this, sums the tensors unnormalised: a large tensor dominates.
    """

    order: Order = "random"
    start: Start = "identity"
    sweeps: PositiveInt = 100
    precision: Literal["float32", "float64"] = "float32"
    as_released: bool = False
    inner_orders: InnerOrders = "own"

    name: ClassVar[str] = "weight-matching"
    paper: ClassVar[str] = "Ainsworth et al. 2023, Algorithm 1"

    def skip(self, problem: Problem) -> str | None:
        return super().skip(problem) or (_needs_single_axes(problem) if self.as_released else None)

    def align(self, problem: Problem) -> Alignment:
        reference, *others = problem.networks
        generator = problem.generator()
        matches = [self.match(reference, other, generator) for other in others]
        return Alignment(
            maps=({}, *(match.maps for match in matches)),
            stats={
                "objective": sum(match.objective for match in matches),
                "sweeps": max(match.sweeps for match in matches),
                "solves": sum(match.solves for match in matches),
                "converged": all(match.converged for match in matches),
            },
        )

    def match(
        self,
        fixed: "Weighted",
        moving: "Weighted",
        generator: torch.Generator,
        room: float = inf,
    ) -> WeightMatch:
        """The permutation of `moving` alone; `room` is that of `match_weights`."""
        symmetry = fixed.symmetry.only(fixed.weights)
        start: Permutations = {}
        if self.start == "greedy":
            start = greedy(symmetry, fixed.weights, moving.weights)
        return match_weights(
            symmetry,
            fixed.weights,
            moving.weights,
            generator,
            start=start,
            order=self.order,
            sweeps=self.sweeps,
            dtype=getattr(torch, self.precision),
            as_released=self.as_released,
            room=room,
        )


class Weighted(Protocol):
    """What is matched of a network: in memory, or in its files."""

    @property
    def symmetry(self) -> Symmetry: ...

    @property
    def weights(self) -> Params: ...


def greedy(symmetry: Symmetry, fixed: Params, moving: Params) -> Permutations:
    """The maps of one forward pass on incoming weights: where an ascent may start."""
    return forward_pass(
        (fixed, symmetry), (moving, symmetry), best_match, similarity=inner_products
    )


def _needs_single_axes(problem: Problem) -> str | None:
    """Why the authors' steps are none, or `None` where no tensor carries a group twice."""
    symmetry = problem.networks[0].symmetry
    for group in symmetry.groups():
        for place in symmetry.occurrences(group):
            if group in frozenset[str]().union(*symmetry.others(place).values()):
                return f"as released it needs tensors without a group twice, unlike {place.name!r}"
    return None
