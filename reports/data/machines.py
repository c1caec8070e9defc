"""On what cells were measured, and by which states of their methods' code."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from .condition import Condition

Machine = tuple[str, int, int]
"""Device, threads, and processes side by side, which disturb each other's times; 0: not known."""


def machine(condition: Condition) -> Machine:
    """What most cells ran on: times of others are left out."""
    count = Counter(machines(condition))
    return min(count, key=lambda found: (-count[found], found))


def machines(condition: Condition) -> list[Machine]:
    """What each cell ran on."""
    workers = condition.cells["workers"].fillna(0).astype(int)
    return [(*m, w) for m, w in zip(machines_of(condition.cells), workers, strict=True)]


def machines_of(cells: pd.DataFrame) -> list[tuple[str, int]]:
    """The device and number of threads of each cell, 0 where it is not known."""
    threads = cells["threads"].fillna(0).astype(int)
    return list(zip(cells["device"], threads, strict=True))


def states_of_code(measured: Iterable[tuple[str, str]]) -> Mapping[str, int]:
    """Method -> by how many states of its code it was measured, of methods with more than one.

    `measured` has the method and the `method_digest` of each cell. Rows from before digests were
    kept are one more state: nobody knows which.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for method, digest in measured:
        found[method].add(digest)
    return {method: len(found[method]) for method in sorted(found) if len(found[method]) > 1}


def on_machine(condition: Condition, device: str, threads: int, workers: int) -> Condition:
    """The condition with the cells of one `Machine` alone."""
    there = (device, threads, workers)
    cells = condition.cells[[found == there for found in machines(condition)]]
    return replace(condition, cells=cells)
