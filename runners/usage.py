"""What one call takes: wall time, CPU time, time on the accelerator, and the memory it adds."""

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import nan
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch.profiler import ProfilerActivity, profile

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Used(Generic[T]):
    """What a call gave, and what it took.

    `seconds` of wall time, up to the end of its work on the device; `cpu_seconds` of all threads
    of this process; `peak_bytes`, the most memory of the device at any time above what was in use
    before, NaN where unknown.
    """

    result: T
    seconds: float
    cpu_seconds: float
    peak_bytes: float


def used(run: Callable[[], T], device: torch.device) -> Used[T]:
    """`run()` on a synchronised device, and what it took."""
    start_bytes = _reset_peak(device)
    _synchronise(device)
    start, start_cpu = time.perf_counter(), time.process_time()
    result = run()
    _synchronise(device)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - start_cpu
    return Used(result, seconds, cpu_seconds, _peak(device) - start_bytes)


def kernel_seconds(run: Callable[[], object], device: torch.device) -> float:
    """The time that kernels of `run()` are at work, added up; NaN where it cannot be told.

    On a CUDA device they are CUDA's; on the CPU PyTorch's operators, without what they call. It is
    less than the wall time where the device waits for the processor. Where a kernel that is known
    to run is not seen, none would be: CUDA's tracing may be refused to a process. Tracing costs
    memory for each kernel and a little time: use it for short runs, and not for one that is timed.
    """
    if device.type not in ("cpu", "cuda") or not _are_seen(device):
        return nan
    return _traced_seconds(run, device)


@cache
def _are_seen(device: torch.device) -> bool:
    """Whether tracing sees kernels in this process."""
    return _traced_seconds(lambda: warm_up(device), device) > 0


def _traced_seconds(run: Callable[[], object], device: torch.device) -> float:
    on_cuda = device.type == "cuda"
    activity = ProfilerActivity.CUDA if on_cuda else ProfilerActivity.CPU
    with profile(activities=[activity], acc_events=True) as traced:
        run()
        _synchronise(device)
    kind = "CUDA" if on_cuda else "CPU"
    events = [event for event in traced.events() or () if event.device_type.name == kind]
    times = (e.self_device_time_total if on_cuda else e.self_cpu_time_total for e in events)
    return sum(times) / 1e6


def warm_up(device: torch.device) -> None:
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
