"""On what the cells of a condition were measured."""

from collections import Counter
from dataclasses import replace

from .condition import Condition


def machine(condition: Condition) -> tuple[str, int]:
    """The device and number of threads that most cells ran on: times of others are left out."""
    count = Counter(machines(condition))
    return min(count, key=lambda found: (-count[found], found))


def machines(condition: Condition) -> list[tuple[str, int]]:
    """The device and number of threads of each cell."""
    threads = condition.cells["threads"].fillna(0).astype(int)
    return list(zip(condition.cells["device"], threads, strict=True))


def on_machine(condition: Condition, device: str, threads: int) -> Condition:
    """The condition with the cells of one machine alone; 0 threads: their number is not known."""
    cells = condition.cells[[found == (device, threads) for found in machines(condition)]]
    return replace(condition, cells=cells)
