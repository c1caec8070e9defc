"""What a call takes is told: waiting is no work, the work of all threads is, and so is memory."""

import sys
import time
from math import isnan

import pytest
import torch
from tiny import CPU

from basinbench.runners.usage import kernel_seconds, used


def multiply(times: int = 8, size: int = 512) -> float:
    x = torch.ones(size, size)
    return sum(float((x @ x).sum()) for _ in range(times))


def test_waiting_takes_wall_time_and_no_cpu_time():
    taken = used(lambda: time.sleep(0.2), CPU)
    assert taken.seconds >= 0.2
    assert taken.cpu_seconds < 0.1


def test_work_takes_cpu_time_and_gives_its_result():
    taken = used(multiply, CPU)
    assert taken.result == 8 * 512**3
    assert taken.cpu_seconds > 0


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory of the CPU is known on Linux")
def test_the_peak_is_what_the_call_adds():
    kept = torch.ones(50 * 2**18)  # 50 MiB that were there before
    peak = used(lambda: float((torch.ones(60 * 2**18) + 0).sum()), CPU).peak_bytes / 2**20
    assert 110 < peak < 150
    assert kept[0] == 1


def test_kernels_are_at_work_for_less_than_the_wall_time_and_not_while_one_waits():
    wall = used(lambda: kernel_seconds(lambda: (time.sleep(0.3), multiply()), CPU), CPU)
    assert 0 < wall.result < wall.seconds - 0.3


def test_where_kernels_are_not_traced_their_time_is_unknown():
    assert isnan(kernel_seconds(multiply, torch.device("meta")))
