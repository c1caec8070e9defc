"""Gains of units within others: all pairs of outer units, each with the best order of its inner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from ...symmetry.axes import Params, Symmetry
from ...symmetry.blocks import Block, blocks
from ...symmetry.nesting import Place, outer_places
from ...symmetry.reorderings import Reorderings, after
from .families import Family, assign_each, inner_pairs
from .objective import weight_objective

ROUNDS = 8
"""Of groups within one outer group that one tensor carries together, each solved in turn."""


class NestedGains:
    """Weight matching of a group that lies within others, or within which others lie.

    A step solves the group and all that lies within it at once, while the others stay: for each
    pair of outer units the inner ones are matched, and the outer ones on what that is worth. It is
    exact where no tensor carries two groups within one outer group beside each other (the two
    sides of a grouped convolution): these are solved in turn for every pair.
    """

    def __init__(self, symmetry: Symmetry, fixed: Params, moving: Params, dtype: torch.dtype):
        nested = symmetry.nested()
        self.families = {g: Family(symmetry, g) for g in symmetry.groups() if g in nested}
        self._symmetry = symmetry
        self._names = {
            group: [
                name
                for name in fixed
                if any(axis.groups & {*family.members} for axis in symmetry.axes[name])
            ]
            for group, family in self.families.items()
        }
        self._networks = fixed, moving
        self._dtype = dtype

    def neighbours(self, group: str) -> frozenset[str]:
        """The groups on whose maps the gains of `group` depend."""
        axes = [self._symmetry.axes[name] for name in self._names[group]]
        return frozenset(g for each in axes for axis in each for g in axis.groups) - {group}

    def better(self, group: str, maps: Reorderings) -> Reorderings | None:
        """Better maps for `group` and all within it; `None` where there are none.

        Judged by the inner product of the tensors that carry them, in float64.
        """
        gains, old = FamilyGains(self._symmetry, self.families[group]), 0.0
        for name in self._names[group]:  # one at a time: all together may be too large
            fixed, placed = self._placed(name, maps)
            gains.add(name, fixed, placed)
            old += weight_objective({name: fixed}, {name: placed})
        better = {g: after(step, maps[g]) for g, step in gains.match().items()}
        new = 0.0
        for name in self._names[group]:
            fixed, placed = self._placed(name, {**maps, **better})
            new += weight_objective({name: fixed}, {name: placed})
        noise = torch.finfo(self._dtype).eps * (abs(old) + abs(new))
        return None if new - old <= noise else better

    def _placed(self, name: str, maps: Reorderings) -> tuple[Tensor, Tensor]:
        """The tensor `name` of both networks, the moving one as `maps` put it in the basis."""
        fixed, moving = (params[name].detach() for params in self._networks)
        placed = self._symmetry.transport({name: moving}, maps)[name]
        return fixed.to(self._dtype), placed.to(self._dtype)


@dataclass(frozen=True, eq=False)
class _Shared:
    """A block in which several `members` lie side by side within the root.

    `fixed`, `moving`: (outer, root units, then a dimension for each member, the rest).
    """

    members: tuple[str, ...]
    fixed: Tensor
    moving: Tensor

    def pairs(self, member: str, orders: Mapping[str, Tensor]) -> Tensor:
        """(outer, root, root, units, units): the gains of `member`, the others in `orders`.

        Each of these is (outer, root, root, units): an order for every pair of units of the root.
        """
        at = 2 + self.members.index(member)
        fixed, moving = self.fixed.movedim(at, 2), self.moving.movedim(at, 2)
        others = [m for m in self.members if m != member]
        found = []
        for u in range(len(fixed)):
            rows = []
            for p in range(fixed.shape[1]):
                moved = moving[u]  # (q, own, others ..., rest)
                for i, other in enumerate(others, 2):
                    order = orders[other][u, p]
                    index = order.view(len(order), *[1] * (i - 1), -1, *[1] * (moved.ndim - i - 1))
                    moved = moved.gather(i, index.expand_as(moved))
                rows.append(fixed[u, p].flatten(1) @ moved.flatten(2).mT)
            found.append(torch.stack(rows))
        return torch.stack(found)


class FamilyGains:
    """The gains of a family, summed over tensors; groups of other families count as they stand.

    `alone`: member -> (outer, units, units), from blocks that tell its order by itself. `shared`:
    blocks in which several members that hold nothing lie side by side.
    """

    def __init__(self, symmetry: Symmetry, family: Family):
        self.family = family
        self.alone: dict[str, Tensor] = {}
        self.shared: list[_Shared] = []
        self._symmetry = symmetry
        self._within = symmetry.within()

    def add(self, name: str, fixed: Tensor, moving: Tensor) -> None:
        """Count the tensor `name`: the fixed one, and the moving one as it stands in the basis."""
        for block in blocks(self._symmetry.axes[name]):
            for root in (p for p in block.places if block.factor(p).group == self.family.root):
                outer = outer_places(block.axes, root)
                chain, beside = self._inner(block, root)
                lines = [[*outer], [root], *([p] for p in beside)]
                if len(beside) < 2:
                    lines = [[*outer], [root, *chain]]
                a, b = (_lines(block, tensor, lines) for tensor in (fixed, moving))
                if len(beside) < 2:
                    member = block.factor([root, *chain][-1]).group or ""
                    gain = a @ b.mT
                    self.alone[member] = self.alone[member] + gain if member in self.alone else gain
                else:
                    members = tuple(block.factor(p).group or "" for p in beside)
                    self.shared.append(_Shared(members, a, b))

    def match(self) -> Reorderings:
        """The maps of the family that gain most."""
        solved = self._solved()
        gains = {m: g for m, g in self.alone.items() if m not in solved}
        if solved:
            value = self._value(solved)
            root = self.family.root
            gains[root] = gains[root] + value if root in gains else value
        return self.family.match(gains, solved)

    def _inner(self, block: Block, root: Place) -> tuple[list[Place], list[Place]]:
        """The places within `root`: a chain of which each holds the next, or others side by side.

        Of side by side ones that hold others themselves all but the first chain ride along.
        """
        inner = [
            place
            for place in block.places
            if block.factor(place).group in self.family.members[1:]
            and root in outer_places(block.axes, place)
        ]
        inner.sort(key=lambda place: len(block.factor(place).within))
        chain: list[Place] = []
        for place in inner:
            above = block.factor(chain[-1] if chain else root).group
            if block.factor(place).within[-1:] == (above,):
                chain.append(place)
        groups = [block.factor(place).group for place in inner]
        holding = frozenset[str]().union(*self._within.values())
        if len(inner) == len(chain) or len(set(groups)) < len(groups) or holding & set(groups):
            return chain, []
        return [], inner

    def _solved(self) -> dict[str, Tensor]:
        """Member that shares a tensor with others -> its order for every pair of root units."""
        members = list(dict.fromkeys(m for block in self.shared for m in block.members))
        members.sort(key=lambda member: member not in self.alone)
        orders: dict[str, Tensor] = {}
        for _ in range(ROUNDS):
            before = dict(orders)
            for member in members:
                orders[member], _ = assign_each(self._pairs(member, orders))
            if before and all(orders[m].equal(before[m]) for m in members):
                break
        return orders

    def _pairs(self, member: str, orders: Mapping[str, Tensor]) -> Tensor:
        """The gains of `member` for every pair, as far as the `orders` beside it are known."""
        found = self._alone_pairs(member)
        for block in self.shared:
            if member in block.members and {*block.members} - {member} <= orders.keys():
                found = found + block.pairs(member, orders)
        return found

    def _alone_pairs(self, member: str) -> Tensor:
        n = self._symmetry.groups()[member]
        if member in self.alone:
            return inner_pairs(self.alone[member], n)
        any_block = self.shared[0].fixed
        outer, root = any_block.shape[:2]
        return any_block.new_zeros(outer, root, root, n, n)

    def _value(self, orders: Mapping[str, Tensor]) -> Tensor:
        """(outer, root, root): what the `orders` are worth for every pair."""
        worth = [_picked(self._alone_pairs(member), order) for member, order in orders.items()]
        for block in self.shared:
            first = block.members[0]
            worth.append(_picked(block.pairs(first, orders), orders[first]))
        return torch.stack(worth).sum(0)


def _picked(pairs: Tensor, orders: Tensor) -> Tensor:
    return pairs.gather(-1, orders[..., None])[..., 0].sum(-1)


def _lines(block: Block, tensor: Tensor, lines: Sequence[Sequence[Place]]) -> Tensor:
    """The block with the places of each line as one dimension, the rest as the last."""
    order = [block.places.index(place) for line in lines for place in line]
    x = block.of(tensor).movedim(order, list(range(len(order))))
    sizes = [prod(block.factor(place).size for place in line) for line in lines]
    return x.reshape(*sizes, -1)
