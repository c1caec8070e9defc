"""Seconds and peak memory of an alignment alone: nothing else runs inside the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import torch

from ...methods.base import Alignment
from ...methods.modules.same_numbers import same_numbers
from ...methods.symmetry.maps import Linear, Map, Reordering, SignedPermutation
from ..usage import Used, kernel_seconds, used, warm_up

REPEAT_COLD_BELOW_SECONDS = 10.0
"""A first run of a method in this process that is shorter is repeated: it may have imported POT,
which takes seconds."""

REPEAT_BELOW_SECONDS = 0.5
"""Any first run that is shorter is repeated: cold caches would dominate its time."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What the run that was timed took, its alignment as `used.result`, after `runs - 1` others.

    `device_seconds` is the time that kernels were at work on an accelerator, of one more run: NaN
    on a CPU, and where one run is long enough to count at once.
    """

    used: Used[Alignment]
    runs: int
    device_seconds: float = nan


class UnequalRunsError(Exception):
    """A method that gave two different alignments for one seed."""


def measure(
    align: Callable[[], Alignment],
    device: torch.device,
    check: Callable[[Alignment], None] = lambda _: None,
    repeat_below: float = REPEAT_COLD_BELOW_SECONDS,
) -> Measured:
    """`align()`, timed on a warm and synchronised device.

    A first run shorter than `repeat_below` seconds is the warm-up: the second one counts. `check`
    raises where the first result cannot be used. Raises `UnequalRunsError` when the two results
    differ, since a method is a function of its inputs.
    """
    warm_up(device)
    first = used(align, device)
    check(first.result)
    if first.seconds >= repeat_below:
        return Measured(first, runs=1)
    second = used(align, device)
    if not same_result(first.result, second.result):
        raise UnequalRunsError("the same seed gave two different alignments")
    on_device = kernel_seconds(align, device) if device.type == "cuda" else nan
    return Measured(second, runs=2, device_seconds=on_device)


def same_result(a: Alignment, b: Alignment) -> bool:
    """Whether two alignments have identical maps and an identical merge, number by number.

    What is no number is identical to itself: a merge that has diverged has done so twice.
    """
    if len(a.maps) != len(b.maps) or (a.merged is None) != (b.merged is None):
        return False
    merged, other = a.merged or {}, b.merged or {}
    if list(merged) != list(other):
        return False
    return all(same_numbers(merged[name], other[name]) for name in merged) and all(
        x.keys() == y.keys() and all(_same(x[g], y[g]) for g in x)
        for x, y in zip(a.maps, b.maps, strict=True)
    )


def _same(a: Map, b: Map) -> bool:
    if isinstance(a, Reordering) and isinstance(b, Reordering):
        return a == b
    if isinstance(a, SignedPermutation) and isinstance(b, SignedPermutation):
        return same_numbers(a.index, b.index) and same_numbers(a.signs, b.signs)
    if isinstance(a, Linear) and isinstance(b, Linear):
        return same_numbers(a.into, b.into) and same_numbers(a.back, b.back)
    return False
