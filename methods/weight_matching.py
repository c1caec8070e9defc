"""Weight matching: Git Re-Basin's Algorithm 1."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import ClassVar, Literal, Protocol

import torch

from ..checked_fields import PositiveInt
from .base import Alignment, InnerOrders, Method, Problem
from .matching.assignment import assign
from .matching.forward_pass import best_match, forward_pass, inner_products
from .matching.gains import Gram
from .matching.nested_gains import NestedGains
from .matching.objective import matched_objective
from .matching.objective import weight_objective as weight_objective
from .matching.squared_group import SquaredGroup
from .symmetry.axes import Params, Symmetry
from .symmetry.maps import Permutation, Reordering
from .symmetry.reorderings import Reorderings, completed

Order = Literal["random", "forward", "widest"]
Start = Literal["identity", "greedy"]
Permutations = Reorderings


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
    ) -> "WeightMatch":
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


@dataclass(frozen=True, eq=False)
class Ascent:
    """A permutation for every group, and how it was found."""

    maps: Permutations
    sweeps: int
    solves: int
    converged: bool


@dataclass(frozen=True, eq=False)
class WeightMatch(Ascent):
    """The same with the inner product that it reaches."""

    objective: float


def match_weights(
    symmetry: Symmetry,
    fixed: Params,
    moving: Params,
    generator: torch.Generator,
    *,
    start: Mapping[str, Reordering] | None = None,
    order: Order | Iterable[Sequence[str]] = "random",
    sweeps: int = 100,
    dtype: torch.dtype = torch.float32,
    as_released: bool = False,
    gram: Gram | None = None,
    room: float = inf,
) -> WeightMatch:
    """What `ascend` finds, and the inner product of all weights there, summed in float64."""
    found = ascend(
        symmetry,
        fixed,
        moving,
        generator,
        start=start,
        order=order,
        sweeps=sweeps,
        dtype=dtype,
        as_released=as_released,
        gram=gram,
        room=room,
    )
    objective = matched_objective(symmetry, fixed, moving, found.maps)
    return WeightMatch(found.maps, found.sweeps, found.solves, found.converged, objective)


def ascend(
    symmetry: Symmetry,
    fixed: Params,
    moving: Params,
    generator: torch.Generator,
    *,
    start: Mapping[str, Reordering] | None = None,
    order: Order | Iterable[Sequence[str]] = "random",
    sweeps: int = 100,
    dtype: torch.dtype = torch.float32,
    as_released: bool = False,
    gram: Gram | None = None,
    room: float = inf,
) -> Ascent:
    """Coordinate ascent on <fixed, permuted moving> over the permutations of all groups.

    Groups absent from `start` begin at the identity. A group is solved again only after a group
    on which its gains depend has moved, which changes no result. `order` may also be the groups of
    one sweep after another, such as another program has visited; `ValueError` where they run out.
    `gram`: the gains of an earlier ascent on the same networks, which change no result. `room`:
    how many bytes of gains are kept; see `Gram`.
    """
    if as_released:  # their code knows one order for the inner units of all outer ones
        symmetry = symmetry.without_inner_orders()
    groups = symmetry.groups()
    maps = completed(symmetry, start or {}, next(iter(fixed.values())).device)
    nested = NestedGains(symmetry, fixed, moving, dtype)
    gram = gram or Gram(symmetry, fixed, moving, dtype, nested.families, room)
    gram.restart()
    neighbours = {
        g: nested.neighbours(g) if g in nested.families else gram.neighbours(g) for g in groups
    }
    readers = {g: [h for h in groups if g in neighbours[h]] for g in groups}
    pending, solves, sweep = set(groups), 0, 0
    visits = _visits(symmetry, fixed, order, generator)
    if as_released:
        return _ascend_as_released(gram, maps, islice(visits, sweeps))
    while pending and sweep < sweeps:
        sweep += 1
        for group in next(visits):
            if group not in pending:
                continue
            pending.discard(group)
            solves += 1
            if group in nested.families:
                steps = nested.better(group, maps) or {}
                maps |= steps
                pending.update(*(readers[moved] for moved in steps))
                continue
            better = _better(gram, group, maps)
            if group in readers[group]:
                squared = SquaredGroup(symmetry, fixed, moving, group, maps, dtype)
                better = squared.better(better)
            if better is None:
                continue
            maps[group] = better
            pending.update(readers[group])
    return Ascent(maps, sweep, solves, converged=not pending)


def _ascend_as_released(gram: Gram, maps: Permutations, visits: Iterable[Sequence[str]]) -> Ascent:
    """From `maps` on, which are moved: every best permutation is taken, be it as good as the last.

    Progress is told by two sums in the precision of the gains, as in the authors' code.
    """
    sweep, solves, progress = 0, 0, False
    for groups in visits:
        sweep, progress = sweep + 1, False
        for group in groups:
            solves += 1
            gains = gram.gains(group, maps)
            best = assign(gains)
            rows = torch.arange(len(best), device=best.device)
            old, new = gains[rows, maps[group].index].sum(), gains[rows, best].sum()
            progress |= bool(new > old + 1e-12)
            maps[group] = Permutation(best)
        if not progress:
            break
    return Ascent(maps, sweep, solves, converged=not progress)


def greedy(symmetry: Symmetry, fixed: Params, moving: Params) -> Permutations:
    """The maps of one forward pass on incoming weights: where an ascent may start."""
    return forward_pass(
        (fixed, symmetry), (moving, symmetry), best_match, similarity=inner_products
    )


def _better(gram: Gram, group: str, maps: Permutations) -> Permutation | None:
    """The best permutation of one group, or `None` when it is no better than the present one.

    Where a tensor carries the group on two axes the gains are a linearisation, and `SquaredGroup`
    compares the objective itself.
    """
    gains = gram.gains(group, maps)
    now, best = maps[group].index, assign(gains)  # of units within nothing: a permutation
    rows = torch.arange(len(now), device=now.device)
    old, new = gains[rows, now].double(), gains[rows, best].double()
    noise = torch.finfo(gains.dtype).eps * float(old.abs().sum())
    return Permutation(best) if float((new - old).sum()) > noise else None


def _visits(
    symmetry: Symmetry,
    params: Params,
    order: Order | Iterable[Sequence[str]],
    generator: torch.Generator,
) -> Iterator[Sequence[str]]:
    """The order of each sweep, without end."""
    groups = list(symmetry.groups())
    if not isinstance(order, str):
        yield from order
        raise ValueError("the orders of visits that were given end before the ascent does")
    if order == "widest":
        touching = {g: _weights_touching(symmetry, params, g) for g in groups}
        groups.sort(key=lambda g: -touching[g])
    while True:
        if order == "random":
            yield [groups[i] for i in torch.randperm(len(groups), generator=generator)]
        else:
            yield groups


def _needs_single_axes(problem: Problem) -> str | None:
    """Why the authors' steps are none, or `None` where no tensor carries a group twice."""
    symmetry = problem.networks[0].symmetry
    for group in symmetry.groups():
        for place in symmetry.occurrences(group):
            if group in frozenset[str]().union(*symmetry.others(place).values()):
                return f"as released it needs tensors without a group twice, unlike {place.name!r}"
    return None


def _weights_touching(symmetry: Symmetry, params: Params, group: str) -> int:
    names = {place.name for place in symmetry.occurrences(group)}
    return sum(params[name].numel() for name in names)
