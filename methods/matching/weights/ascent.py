"""Coordinate ascent on the inner product of two networks' weights, one group at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import Literal, TypedDict, Unpack

import torch

from ...symmetry.axes import Params, Symmetry
from ...symmetry.maps import Permutation, Reordering
from ...symmetry.reorderings import Reorderings, completed
from ..assignment import assign
from .gains import Gram
from .nested_gains import NestedGains
from .objective import matched_objective
from .squared_group import SquaredGroup

Order = Literal["random", "forward", "widest"]
Permutations = Reorderings


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


class Options(TypedDict, total=False):
    """What `ascend` may be told beside the networks."""

    start: Mapping[str, Reordering] | None
    order: Order | Iterable[Sequence[str]]
    sweeps: int
    dtype: torch.dtype
    as_released: bool
    gram: Gram | None
    room: float


def match_weights(
    symmetry: Symmetry,
    fixed: Params,
    moving: Params,
    generator: torch.Generator,
    **options: Unpack[Options],
) -> WeightMatch:
    """What `ascend` finds, and the inner product of all weights there, summed in float64."""
    found = ascend(symmetry, fixed, moving, generator, **options)
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


def _weights_touching(symmetry: Symmetry, params: Params, group: str) -> int:
    names = {place.name for place in symmetry.occurrences(group)}
    return sum(params[name].numel() for name in names)
