"""Matching in levels: outer units by what the best matching of their inner units is worth.

For each pair of outer units the best matching of the inner ones is solved, its value is added to
the gain of the pair, and the outer ones are matched on these gains: exact where gains depend on one
family alone. Several groups within one outer add their values; the many small problems are one
batch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from math import prod

import torch
from torch import Tensor

from ...symmetry.axes import Symmetry
from ...symmetry.maps import Permutation, Reordering
from ...symmetry.reorderings import Reorderings, assembled
from ..assignment import assign, assign_all

FEW = 4
"""Up to so many units all their orders (24) are tried at once, which is faster than solving."""


@dataclass(frozen=True, eq=False)
class Family:
    """A group `root` and all `members` that lie within it, the root first, outer before inner.

    Gains of a member are (outer, units, units). `outer`: the units in which the root itself lies,
    which stay; `units`: the member's, of all units of the root together, in the order of
    `Nested.index`.
    """

    symmetry: Symmetry
    root: str

    @property
    def members(self) -> tuple[str, ...]:
        within = self.symmetry.within()
        inner = [group for group, names in within.items() if self.root in names]
        return (self.root, *sorted(inner, key=lambda group: len(within[group])))

    @property
    def is_plain(self) -> bool:
        """Whether the root lies in nothing and nothing in it."""
        return len(self.members) == 1 and not self.symmetry.within()[self.root]

    @property
    def outer(self) -> int:
        return prod(self.symmetry.outer_sizes(self.root))

    def units(self, member: str) -> int:
        """How many units of `member` all units of the root have together."""
        sizes = self.symmetry.outer_sizes(member)
        return prod(sizes) // self.outer * self.symmetry.groups()[member]

    def within_outer(self, gains: Tensor, member: str) -> Tensor:
        """Gains of all units of `member` (all, all) as `match` takes them: of each outer unit."""
        n = self.units(member)
        blocks = gains.view(self.outer, n, self.outer, n)
        return blocks.diagonal(dim1=0, dim2=2).movedim(-1, 0)

    def match(
        self, gains: Mapping[str, Tensor], solved: Mapping[str, Tensor] | None = None
    ) -> Reorderings:
        """The maps of all members that gain most; those without gains are carried along.

        `solved`: members whose order is known for every pair of units of what they lie within,
        (outer, pairs, pairs, units), and whose worth is in the gains of that.
        """
        within, groups = self.symmetry.within(), self.symmetry.groups()
        device = next(iter(gains.values())).device
        total, orders = dict(gains), dict(solved or {})
        for member in reversed(self.members[1:]):
            if member in total:
                pairs = inner_pairs(total[member], groups[member])
                orders[member], value = assign_each(pairs)
                parent = within[member][-1]
                total[parent] = total[parent] + value if parent in total else value
        orders[self.root], _ = assign_each(total[self.root])
        flat = {self.root: orders[self.root]}
        rows = {self.root: orders[self.root] if within[self.root] else orders[self.root][0]}
        for member in self.members[1:]:
            parent, n = flat[within[member][-1]], groups[member]
            own = torch.arange(n, device=device).expand(*parent.shape, n)
            if member in orders:
                at = parent[:, :, None, None].expand(-1, -1, 1, n)
                own = orders[member].gather(2, at)[:, :, 0]
            flat[member] = (parent[..., None] * n + own).flatten(1)
            rows[member] = own.flatten(0, 1)
        return assembled(self.symmetry, rows)


def families(symmetry: Symmetry) -> Iterator[Family]:
    """Every group that lies within no other, with all that lies within it."""
    within = symmetry.within()
    for group, names in within.items():
        if not within.keys() & set(names):
            yield Family(symmetry, group)


def match_all(symmetry: Symmetry, gains: Mapping[str, Tensor]) -> Reorderings:
    """The best maps for `gains` of every group that do not depend on each other's maps.

    Group -> (units, units); units within others are all told apart, in the order of
    `Nested.index`. Gains of what others lie within count only where these have none.
    """
    found = Reorderings()
    for family in families(symmetry):
        own = {}
        for member in family.members:
            if member in gains:
                own[member] = family.within_outer(gains[member], member)
        inner = own.keys() - {family.root}
        if inner:
            own.pop(family.root, None)
        if family.is_plain and own:
            found[family.root] = Permutation(assign(gains[family.root]))
        elif own:
            found |= family.match(own)
    return {group: found[group] for group in symmetry.groups() if group in found}


def worth(symmetry: Symmetry, gains: Mapping[str, Tensor], maps: Mapping[str, Reordering]) -> float:
    """The sum of the `gains` that `match_all` reaches with the `maps` that it has found."""
    holding = frozenset[str]().union(*symmetry.within().values())
    return sum(
        float(gain.gather(1, maps[group].index[:, None]).sum())
        for group, gain in gains.items()
        if group not in holding
    )


def inner_pairs(gains: Tensor, n: int) -> Tensor:
    """(outer, s * n, s * n) -> (outer, s, s, n, n): the problem of each pair of parents."""
    return gains.unflatten(2, (-1, n)).unflatten(1, (-1, n)).transpose(2, 3)


def assign_each(gains: Tensor) -> tuple[Tensor, Tensor]:
    """The matchings that maximise the sums of `gains` (..., n, n), each problem by itself.

    Row `i` goes to column `index[..., i]`; the values (...) are the sums, in float64.
    Raises `ValueError` when a gain is not finite.
    """
    if not torch.isfinite(gains.sum()):
        raise ValueError(
            "the gains of a matching are not all finite: weights or activations overflow"
        )
    *batch, n, _ = gains.shape
    flat = gains.detach().reshape(-1, n, n).double()
    index = _try_all(flat) if n <= FEW else assign_all(flat)
    value = flat.gather(2, index[..., None])[..., 0].sum(1)
    return index.view(*batch, n), value.view(batch).to(gains)


def _try_all(gains: Tensor) -> Tensor:
    orders = torch.tensor(list(permutations(range(gains.shape[1]))), device=gains.device)
    rows = torch.arange(gains.shape[1], device=gains.device)
    return orders[gains[:, rows, orders].sum(2).argmax(1)]
