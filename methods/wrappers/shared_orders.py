"""Whether units within others have an order of their own under each of these, or one for all."""

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..base import Alignment, Method, Network, Problem

InnerOrders = Literal["own", "shared"]
"""`own`: under every head, group or expert one of its own; `shared`: the same under all of them,
which is all that a permutation of one axis can say, and what matchers did before."""

Align = Callable[["Method", "Problem"], "Alignment"]


def in_its_orders(own: Align) -> Align:
    """An `align` that sees one order for all inner units where its method's field says `shared`.

    The maps that it finds are then valid in the whole symmetry too, which has more of them.
    """

    @wraps(own)
    def align(self: "Method", problem: "Problem") -> "Alignment":
        if getattr(self, "inner_orders", "own") == "shared":
            problem = _with_shared_orders(problem)
        return own(self, problem)

    return align


def _with_shared_orders(problem: "Problem") -> "Problem":
    """The same problem, without a new check or a copy of what it holds."""
    found = copy(problem)
    object.__setattr__(found, "networks", tuple(map(_with_one_order, problem.networks)))
    return found


def _with_one_order(network: "Network") -> "Network":
    found = copy(network)
    object.__setattr__(found, "symmetry", network.symmetry.without_inner_orders())
    return found
