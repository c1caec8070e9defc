"""One pass from input to output: each group is placed once, after the groups that feed it."""

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TypeVar
from warnings import warn

import torch
from torch import Tensor

from ..symmetry.axes import Occurrence, Params, Symmetry
from ..symmetry.forward_order import is_ready
from ..symmetry.maps import Map, Permutation, Reordering
from ..symmetry.reorderings import Reorderings, after, completed
from .assignment import assign
from .weights.families import Family

M = TypeVar("M", bound=Map)

Similarity = Callable[[Tensor, Tensor], Tensor]
"""Features of the fixed units (n, d) and of the moving ones (m, d) -> what each pair gains."""


def forward_pass(
    fixed: tuple[Params, Symmetry],
    moving: tuple[Params, Symmetry],
    match: Callable[[Tensor, Tensor], M],
    where: Callable[[Occurrence], bool] = lambda _: True,
    similarity: Similarity | None = None,
) -> dict[str, M | Reordering]:
    """Group -> map, matching incoming weights whose inputs are already in the common basis.

    `match` takes the features of the fixed units (n, d) and of the moving ones (m, d).
    Groups are visited in the order in which the network writes them. A group that several layers
    write (a residual stream) is matched on those whose inputs have been placed by then, with a
    warning where there are none such. `where` narrows the places further, e.g. to leave out biases,
    unless it leaves none; units that nothing writes, as beside an excluded layer, stay. With a
    `similarity` units within others get an order of their own under each of these, the one of the
    largest sum; without, they are matched as one group whose units all outer ones share.
    """
    return forward_pass_by_group(fixed, moving, lambda _, a, b: match(a, b), where, similarity)


def forward_pass_by_group(
    fixed: tuple[Params, Symmetry],
    moving: tuple[Params, Symmetry],
    match: Callable[[str, Tensor, Tensor], M],
    where: Callable[[Occurrence], bool] = lambda _: True,
    similarity: Similarity | None = None,
) -> dict[str, M | Reordering]:
    """The same where the kind of map depends on the group, which `match` is told first."""
    maps: dict[str, M | Reordering] = {}
    nested = fixed[1].nested() if similarity is not None else frozenset[str]()
    for group in fixed[1].groups():
        if not is_ready(fixed[1].read_for(group), maps):
            warn(
                f"every weight that writes the units of {group!r} reads units that are matched "
                "later, as in a loop without a way in: they are matched as if those stayed",
                stacklevel=2,
            )
        if similarity is not None and group in nested:
            while group not in maps:
                maps |= _family(fixed, moving, group, maps, where, similarity)
            continue
        places = _incoming(fixed[1], group, maps, where)
        if places:
            a = fixed[1].features(fixed[0], group, where=places.__contains__)
            b = moving[1].features(moving[0], group, maps, where=places.__contains__)
        else:
            a, b = (_alike(params, symmetry, group) for params, symmetry in (fixed, moving))
        if places or len(a) != len(b):
            maps[group] = match(group, a, b)
        else:
            maps[group] = Permutation.identity(len(a), a.device)
    return maps


def best_match(a: Tensor, b: Tensor) -> Permutation:
    """The permutation of the rows of `b` (n, d) with the largest inner product with `a` (n, d)."""
    return Permutation(assign(a @ b.T))


def inner_products(a: Tensor, b: Tensor) -> Tensor:
    """The similarity that `best_match` makes as large as possible."""
    return a @ b.T


def _family(
    fixed: tuple[Params, Symmetry],
    moving: tuple[Params, Symmetry],
    group: str,
    maps: Mapping[str, Map],
    where: Callable[[Occurrence], bool],
    similarity: Similarity,
) -> Reorderings:
    """The maps of the outermost group around `group` without a map, and of what lies within it.

    Of that only what reads nothing yet to be placed; the rest has its own turn.
    """
    symmetry = fixed[1]
    within = symmetry.within()
    around = [name for name in (*within[group], group) if name in within]
    family = Family(symmetry, next(name for name in around if name not in maps))
    members = [m for m in family.members if m not in maps]
    places = {m: _own_places(symmetry, m, members, maps.keys(), where) for m in members}
    weights = [p for found in places.values() for p in found if len(symmetry.axes[p.name]) > 1]
    if not weights:
        nothing = symmetry.groups().keys()
        places = {m: _own_places(symmetry, m, members, nothing, where) for m in members}
    names = {place.name for found in places.values() for place in found}
    placed = moving[1].transport({name: moving[0][name] for name in names}, maps)
    gains = {}
    for member, found in places.items():
        if found:
            a, b = (
                torch.cat([symmetry.unfold_apart(params[p.name], p) for p in found], dim=1)
                for params in (fixed[0], placed)
            )
            gains[member] = family.within_outer(similarity(a, b), member)
    if not gains:
        n = symmetry.groups()[family.root]
        gains[family.root] = torch.zeros(family.outer, n, n)
    reordered = {g: m for g, m in maps.items() if isinstance(m, Reordering)}
    device = next(iter(gains.values())).device
    carried = completed(symmetry, reordered, device)
    steps = family.match(gains)
    wanted = {*gains, family.root}
    return {m: after(step, carried[m]) for m, step in steps.items() if m in wanted}


def _own_places(
    symmetry: Symmetry,
    member: str,
    members: Sequence[str],
    placed: Container[str],
    where: Callable[[Occurrence], bool],
) -> list[Occurrence]:
    """Where `member` is written, no deeper member stands, and all else that is read is placed."""
    around = {member, *symmetry.within()[member]}
    found = []
    for place in symmetry.occurrences(member):
        others = frozenset[str]().union(*symmetry.others(place).values()) - around
        deeper = any(member in symmetry.within()[m] and m in members for m in others)
        if not place.reads and where(place) and not deeper and all(g in placed for g in others):
            found.append(place)
    return found


def _incoming(
    symmetry: Symmetry,
    group: str,
    placed: Mapping[str, Map],
    where: Callable[[Occurrence], bool],
) -> frozenset[Occurrence]:
    """Places where `group` is written, best those that read nothing yet to be placed.

    Where no place is left of those that `where` chooses, any; none where nothing writes the group.
    """
    every = [place for place in symmetry.occurrences(group) if not place.reads]
    written = [place for place in every if where(place)] or every
    ready = [p for p in written if frozenset().union(*symmetry.others(p).values()) <= placed.keys()]
    weights = [p for p in ready if len(symmetry.axes[p.name]) > 1]
    return frozenset(ready if weights else written)


def _alike(params: Params, symmetry: Symmetry, group: str) -> Tensor:
    """Features (units, 1) of units that nothing tells apart."""
    return next(iter(params.values())).new_zeros(symmetry.groups()[group], 1)
