"""The midpoint of two networks while the units of the second move, a few at a time."""

from collections.abc import Mapping

from torch import Tensor

from ..base import Network
from ..symmetry.axes import Params
from ..symmetry.maps import Nested, Reordering
from .midpoint import point

Orders = dict[int, Tensor]
"""Dimension of a tensor -> where each of its positions comes from; dimensions that may move."""


class MovingMidpoint:
    """The parameters half-way from a network to another one, of which only what moved is made anew.

    They are those of `point` to the last bit. Units within others move with whole tensors.
    """

    def __init__(self, fixed: Network, moving: Network):
        self._fixed = fixed
        self._moving = moving
        self._weights = fixed.weights.keys() - fixed.kept
        self._params: Params = {}
        self._seen: dict[str, Orders] = {}

    def under(self, maps: Mapping[str, Reordering]) -> Params:
        """The midpoint with the second network as `maps` put it.

        Its weights change in place at the next call; its buffers are nobody else's.
        """
        a, b, anew = self._fixed.params, self._moving.params, list[str]()
        for name in a:
            orders = self._orders(name, maps)
            if orders is None or name not in self._seen:
                anew.append(name)
            else:
                _update(self._params[name], a[name], b[name], self._seen[name], orders)
            if orders is not None:
                self._seen[name] = orders
        moved = self._moving.symmetry.transport({name: b[name] for name in anew}, maps)
        self._params |= point({name: a[name] for name in anew}, moved, kept=self._fixed.kept)
        return dict(self._params)

    def _orders(self, name: str, maps: Mapping[str, Reordering]) -> Orders | None:
        """The order of each axis that moves; `None` for what is made anew whatever has moved."""
        axes, like = self._moving.symmetry.axes[name], self._fixed.params[name]
        groups = frozenset[str]().union(*(axis.groups for axis in axes))
        nested = any(isinstance(maps.get(group), Nested) for group in groups)
        if name not in self._weights or nested or not like.is_floating_point():
            return None
        return {dim: axis.index(maps, like.device) for dim, axis in enumerate(axes) if axis.groups}


def _update(middle: Tensor, a: Tensor, b: Tensor, before: Orders, orders: Orders) -> None:
    """Bring `middle`, of `a` and `b`, from some orders of the positions of `b` to others."""
    for dim, order in orders.items():
        at = (order != before[dim]).nonzero()[:, 0]
        if not len(at):
            continue
        moved = b.index_select(dim, order[at])
        for other in orders.keys() - {dim}:
            moved = moved.index_select(other, orders[other])
        middle.index_copy_(dim, at, 0.5 * a.index_select(dim, at) + 0.5 * moved)
