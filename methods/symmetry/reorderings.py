"""Whole sets of maps that only reorder: none moved, any drawn, one set after another."""

from collections.abc import Mapping

import torch
from torch import Tensor

from .axes import Symmetry
from .maps import Map, Nested, Permutation, Reordering
from .nesting import flat_order

Reorderings = dict[str, Reordering]
"""Group -> its order: a `Nested` one for units within others, a `Permutation` for all else."""


def assembled(symmetry: Symmetry, orders: Mapping[str, Tensor]) -> Reorderings:
    """The maps of the groups that `orders` names, from the order of each by itself.

    (n,) for a group within nothing, (outer, n) for units within others: one row for each outer
    unit of the common basis. What they lie within stays where `orders` do not name it.
    """
    within, maps = symmetry.within(), Reorderings()
    for group in sorted(orders, key=lambda group: len(within[group])):
        own = orders[group]
        if names := within[group]:
            outer = flat_order(names, symmetry.outer_sizes(group), maps, own.device)
            maps[group] = Nested(outer, own)
        else:
            maps[group] = Permutation(own)
    return {group: maps[group] for group in orders}


def identity(symmetry: Symmetry, device: torch.device | str = "cpu") -> Reorderings:
    """The maps that move nothing, of every group."""
    return assembled(
        symmetry,
        {
            group: torch.arange(n, device=device).expand(*_rows(symmetry, group), n)
            for group, n in symmetry.groups().items()
        },
    )


def drawn(
    symmetry: Symmetry, generator: torch.Generator, device: torch.device | str = "cpu"
) -> Reorderings:
    """Maps drawn at random, every one of them equally likely."""
    orders = {}
    for group, n in symmetry.groups().items():
        rows = [torch.randperm(n, generator=generator) for _ in range(_count(symmetry, group))]
        orders[group] = torch.stack(rows).view(*_rows(symmetry, group), n).to(device)
    return assembled(symmetry, orders)


def transpositions(
    symmetry: Symmetry, generator: torch.Generator, device: torch.device | str = "cpu"
) -> Reorderings:
    """Maps that exchange two places in every group, drawn at random, perhaps twice the same.

    Of units within others, two under one outer unit, which is drawn as well. Were the two always
    different, the parities of all groups would change together, and only one in 2^(groups - 1) of
    the orders could be reached.
    """
    orders = {}
    for group, n in symmetry.groups().items():
        order = torch.arange(n).repeat(*_rows(symmetry, group), 1).view(-1, n)
        row = int(torch.randint(len(order), (), generator=generator)) if len(order) > 1 else 0
        pair = torch.randint(n, (2,), generator=generator)
        order[row, pair] = order[row, pair.flip(0)]
        orders[group] = order.view(*_rows(symmetry, group), n).to(device)
    return assembled(symmetry, orders)


def completed(
    symmetry: Symmetry, maps: Mapping[str, Map], device: torch.device | str = "cpu"
) -> Reorderings:
    """`maps` with a map for every group, and a `Nested` one for all units within others.

    Groups without a map stay, and are carried along by what they lie within. Raises `TypeError`
    for maps that do more than reorder.
    """
    full = Reorderings()
    within = symmetry.within()
    for group in sorted(symmetry.groups(), key=lambda group: len(within[group])):
        own, n = maps.get(group), symmetry.groups()[group]
        if own is not None and not isinstance(own, (Permutation, Nested)):
            raise TypeError(f"only reorderings have an index, not {type(own).__name__}")
        if names := within[group]:
            if not isinstance(own, Nested):
                order = torch.arange(n, device=device) if own is None else own.index
                sizes = symmetry.outer_sizes(group)
                own = Nested.shared(flat_order(names, sizes, full, order.device), order)
            full[group] = own
        else:
            full[group] = Permutation.identity(n, device) if own is None else own
    return {group: full[group] for group in symmetry.groups()}


def after(later: Reordering, first: Reordering) -> Reordering:
    """Moving by `first` and then by `later`, two maps of one kind."""
    if isinstance(later, Nested) and isinstance(first, Nested):
        return later.after(first)
    if isinstance(later, Permutation) and isinstance(first, Permutation):
        return later.after(first)
    raise TypeError("maps of one group are nested both, or neither")


def _count(symmetry: Symmetry, group: str) -> int:
    count = 1
    for size in symmetry.outer_sizes(group):
        count *= size
    return count


def _rows(symmetry: Symmetry, group: str) -> tuple[int, ...]:
    """The leading dimension of the orders of units within others; none for any other group."""
    return (_count(symmetry, group),) if symmetry.within()[group] else ()
