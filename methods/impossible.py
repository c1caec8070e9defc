"""Problems that a method cannot solve, whatever it does: said by `skip`, and refused by `align`."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ..errors import UserError

if TYPE_CHECKING:
    from .base import Alignment, Method, Problem

Skip = Callable[["Method", "Problem"], str | None]
Align = Callable[["Method", "Problem"], "Alignment"]

_last: "WeakKeyDictionary[Problem, tuple[Method, Skip, str | None]]" = WeakKeyDictionary()
"""Who was asked last about a problem, and the answer: `align` asks again, inside the clock."""


def unless_impossible(own: Skip) -> Skip:
    """A `skip` that asks first what holds for every method, and answers a second time at once."""

    @wraps(own)
    def skip(self: "Method", problem: "Problem") -> str | None:
        asked, by, reason = _last.get(problem, (None, None, None))
        if asked is not self or by is not own:
            reason = _too_many(self, problem) or _without_groups(self, problem)
            reason = reason or own(self, problem)
            _last[problem] = self, own, reason
        return reason

    return skip


def unless_skipped(own: Align) -> Align:
    """An `align` that refuses a problem which `skip` has a reason against, with that reason."""

    @wraps(own)
    def align(self: "Method", problem: "Problem") -> "Alignment":
        if reason := self.skip(problem):
            raise UserError(reason)
        return own(self, problem)

    return align


def nothing_to_match(problem: "Problem") -> str | None:
    """Why there is nothing to bring together, or `None` where a network has units that may move."""
    if any(units > 1 for network in problem.networks for units in network.widths.values()):
        return None
    return "has nothing to match: no units of these networks may change places"


def _too_many(method: "Method", problem: "Problem") -> str | None:
    count = len(problem.networks)
    return f"takes pairs only, not {count} networks" if method.pairs_only and count > 2 else None


def _without_groups(method: "Method", problem: "Problem") -> str | None:
    return nothing_to_match(problem) if method.needs_groups else None
