"""Seconds and peak memory of an alignment alone: nothing else runs inside the clock."""

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from pathlib import Path

import torch

from ...methods.base import Alignment
from ...methods.symmetry.maps import Linear, Map, Reordering, SignedPermutation

REPEAT_COLD_BELOW_SECONDS = 10.0
"""A first run of a method in this process that is shorter is repeated: it may have imported POT,
which takes seconds."""

REPEAT_BELOW_SECONDS = 0.5
"""Any first run that is shorter is repeated: cold caches would dominate its time."""


@dataclass(frozen=True, eq=False)
class Measured:
    """An alignment and what the run that was timed took; `peak_bytes` is NaN where unknown."""

    alignment: Alignment
    seconds: float
    peak_bytes: float
    runs: int


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
    _warm_up(device)
    first = _once(align, device, runs=1)
    check(first.alignment)
    if first.seconds >= repeat_below:
        return first
    second = _once(align, device, runs=2)
    if not same_result(first.alignment, second.alignment):
        raise UnequalRunsError("the same seed gave two different alignments")
    return second


def same_result(a: Alignment, b: Alignment) -> bool:
    """Whether two alignments have identical maps and an identical merge, bit by bit."""
    if len(a.maps) != len(b.maps) or (a.merged is None) != (b.merged is None):
        return False
    merged = zip((a.merged or {}).items(), (b.merged or {}).items(), strict=True)
    return all(m == n and torch.equal(x, y) for (m, x), (n, y) in merged) and all(
        x.keys() == y.keys() and all(_same(x[g], y[g]) for g in x)
        for x, y in zip(a.maps, b.maps, strict=True)
    )


def _same(a: Map, b: Map) -> bool:
    if isinstance(a, Reordering) and isinstance(b, Reordering):
        return a == b
    if isinstance(a, SignedPermutation) and isinstance(b, SignedPermutation):
        return torch.equal(a.index, b.index) and torch.equal(a.signs, b.signs)
    if isinstance(a, Linear) and isinstance(b, Linear):
        return torch.equal(a.into, b.into) and torch.equal(a.back, b.back)
    return False


def _once(align: Callable[[], Alignment], device: torch.device, runs: int) -> Measured:
    start_bytes = _reset_peak(device)
    _synchronise(device)
    start = time.perf_counter()
    alignment = align()
    _synchronise(device)
    seconds = time.perf_counter() - start
    return Measured(alignment, seconds, _peak(device) - start_bytes, runs)


def _warm_up(device: torch.device) -> None:
    """The first matrix product loads the device's libraries; that is nobody's run time."""
    x = torch.ones(8, 8, device=device)
    torch.mm(x, x)


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _reset_peak(device: torch.device) -> float:
    """Bytes in use now; from here on the peak is counted anew."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return float(torch.cuda.memory_allocated(device))
    if device.type == "cpu" and sys.platform == "linux":
        # What earlier work freed goes back first: reused pages would hide this run's need.
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: 0)(0)
        try:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        except OSError:
            return nan
        return _status("VmRSS")
    return nan


def _peak(device: torch.device) -> float:
    if device.type == "cuda":
        return float(torch.cuda.max_memory_allocated(device))
    if device.type == "cpu" and sys.platform == "linux":
        return _status("VmHWM")
    return nan


def _status(field: str) -> float:
    """A size in /proc/self/status, in bytes."""
    for row in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if row.startswith(f"{field}:"):
            return float(row.split()[1]) * 1024
    return nan
