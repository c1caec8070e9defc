"""Problems that a method cannot solve, whatever it does: said by `skip`, and refused by `align`."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch

from ...errors import UserError
from ..modules.extra_state import same_value
from ..symmetry.axes import Axis

if TYPE_CHECKING:
    from ..base import Alignment, Method, Problem

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
            reason = _too_many(self, problem) or does_not_fit(problem)
            reason = reason or _without_groups(self, problem)
            reason = reason or own(self, problem) or computes_another(problem)
            _last[problem] = self, own, reason
        return reason

    return skip


def unless_skipped(own: Align) -> Align:
    """An `align` that refuses a problem which `skip` has a reason against, with that reason."""

    @wraps(own)
    def align(self: "Method", problem: "Problem") -> "Alignment":
        if reason := self.skip(problem):
            raise UserError(reason)
        # Some descend gradients, wherever they are called from.
        with torch.inference_mode(False), torch.enable_grad():
            return own(self, problem)

    return align


def nothing_to_match(problem: "Problem") -> str | None:
    """Why there is nothing to bring together, or `None` where a network has units that may move."""
    if any(units > 1 for network in problem.networks for units in network.widths.values()):
        return None
    return "has nothing to match: no units of these networks may change places"


def does_not_fit(problem: "Problem") -> str | None:
    """Where tensors of one name differ in more than the number of units that may change places.

    A head of three classes and one of five, say: no mean of the two has a meaning. Nor has one of
    two constants, masks or tables, and that of one network would change the other.
    """
    first, *others = problem.networks
    for other in others:
        left = first.symmetry.excluded, other.symmetry.excluded
        if reason := _other_states(first.extra, other.extra, left[0] & left[1]):
            return reason
        constants = first.symmetry.constants | other.symmetry.constants
        for name in first.params:
            if name not in other.params or all(name in each for each in left):
                continue
            if any(name in each for each in left):
                return (
                    f"needs one exclude= for all networks: {name!r} is left to itself in one of "
                    "them, and is to be merged in another"
                )
            a, b = first.symmetry.axes[name], other.symmetry.axes[name]
            if list(map(_fixed, a)) != list(map(_fixed, b)):
                shapes = f"{tuple(first.params[name].shape)} and {tuple(other.params[name].shape)}"
                return (
                    f"needs networks of one form: {name!r} has the shapes {shapes}; "
                    f"exclude={name.rpartition('.')[0] or name!r} leaves it to each network"
                )
            if name in constants and not first.params[name].equal(other.params[name]):
                return (
                    f"needs networks of one form: the constant {name!r} has other values in one "
                    f"than in another; exclude={name!r} keeps the first network's"
                )
    return None


def computes_another(problem: "Problem") -> str | None:
    """Where networks of the same tensors are two functions of them, such as ReLU beside tanh.

    No mean of their tensors has a meaning. A network whose symmetry was written by hand has no
    graph to be compared.
    """
    first, *others = problem.networks
    for other in others:
        left = first.symmetry.excluded | other.symmetry.excluded
        widths = [(n, other.widths[g]) for g, n in first.widths.items() if g in other.widths]
        program = first.symmetry.program
        if program and (where := program.difference(other.symmetry.program, left, widths)):
            return f"needs networks of one function: {where}"
    return None


def _other_states(
    first: Mapping[str, Any], other: Mapping[str, Any], left: frozenset[str]
) -> str | None:
    """Where the extra states of two networks differ, but for those `left` to each."""
    for name in sorted((first.keys() | other.keys()) - left):
        if name not in first or name not in other:
            return f"needs networks of one form: only some have the extra state {name!r}"
        if not same_value(first[name], other[name]):
            return (
                f"needs networks of one form: the extra state {name!r}, which no mean can be taken "
                "of, has other values in one than in another"
            )
    return None


def _fixed(axis: Axis) -> list[tuple[int | None, ...]]:
    """The sizes of what may not move, segment by segment; `None` where units stand."""
    return [tuple(f.size if f.group is None else None for f in s) for s in axis.segments]


def _too_many(method: "Method", problem: "Problem") -> str | None:
    count = len(problem.networks)
    if count < 2:
        return f"needs two networks or more, not {count}"
    return f"takes pairs only, not {count} networks" if method.pairs_only and count > 2 else None


def _without_groups(method: "Method", problem: "Problem") -> str | None:
    return nothing_to_match(problem) if method.needs_groups else None
