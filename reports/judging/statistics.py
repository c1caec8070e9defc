"""The statistics that claims are judged by: over the cells of a selection, pair by pair."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp, isfinite, log, nan

import numpy as np

from ..data import statistics
from ..data.clustered import Networks, networks_of
from ..data.quantities import Quantity, limits_of
from ..data.statistics import LEVEL, Interval
from .cells import Cells as Cells
from .cells import any_of as any_of
from .cells import mixed_data
from .claim import Results, Statistic
from .observed import Observed


class OverPairs(Statistic):
    """One number of what was measured of every pair of networks."""

    def sample(self, results: Results) -> Observed:
        """The numbers of the pairs that have one; none where their data is mixed (`mixed_data`)."""
        return Observed((), ()) if mixed_data(self, results) else self.measured(results)

    @abstractmethod
    def measured(self, results: Results) -> Observed:
        """The numbers of the pairs that have one."""

    def summary(self, observed: Observed, level: float = LEVEL) -> Interval:
        """What they come to, in the unit in which it is spoken of, with its interval."""
        return statistics.mean_of(*observed, level)

    def of(self, results: Results) -> Interval:
        return self.summary(self.sample(results))


class OverCells(Statistic):
    """A number of single cells, of which one is enough."""


@dataclass(frozen=True)
class Mean(OverPairs):
    """The mean of a quantity over pairs of networks."""

    quantity: Quantity
    cells: Cells

    def measured(self, results: Results) -> Observed:
        return Observed.of(_by_pair(self.quantity, self.cells, results).values())

    def summary(self, observed: Observed, level: float = LEVEL) -> Interval:
        return statistics.mean_of(*observed, level).within(*limits_of(self.quantity))


@dataclass(frozen=True)
class Median(OverPairs):
    """The median over pairs: for times (`statistics.median_of`)."""

    quantity: Quantity
    cells: Cells

    def measured(self, results: Results) -> Observed:
        return Observed.of(_by_pair(self.quantity, self.cells, results).values())

    def summary(self, observed: Observed, level: float = LEVEL) -> Interval:
        return statistics.median_of(*observed, level)


@dataclass(frozen=True)
class Greatest(OverCells):
    """The greatest of all cells, which has no interval: for laws that allow no exception."""

    quantity: Quantity
    cells: Cells

    def of(self, results: Results) -> Interval:
        return _single(_measured(self.quantity, self.cells, results), max)


@dataclass(frozen=True)
class Least(OverCells):
    """The least of all cells, which has no interval."""

    quantity: Quantity
    cells: Cells

    def of(self, results: Results) -> Interval:
        return _single(_measured(self.quantity, self.cells, results), min)


@dataclass(frozen=True)
class Difference(OverPairs):
    """The mean of the quantity in `cells` minus that in `other`, over the pairs of both."""

    quantity: Quantity
    cells: Cells
    other: Cells

    def measured(self, results: Results) -> Observed:
        return compared(
            self.quantity, self.cells, self.other, results, lambda ours, theirs: ours - theirs
        )


@dataclass(frozen=True)
class Multiple(OverPairs):
    """How many times as large the quantity is in `cells` as in `other`: geometric mean of pairs."""

    quantity: Quantity
    cells: Cells
    other: Cells

    def measured(self, results: Results) -> Observed:
        return compared(self.quantity, self.cells, self.other, results, _quotient)

    def summary(self, observed: Observed, level: float = LEVEL) -> Interval:
        found = statistics.mean_of(observed.networks, [log(v) for v in observed.values], level)
        return replace(
            found,
            estimate=exp(found.estimate),
            low=exp(found.low),
            high=exp(found.high),
            values=tuple(exp(value) for value in found.values),
        )


def _quotient(ours: float, theirs: float) -> float:
    """The quotient; not a number where it has no logarithm."""
    return ours / theirs if ours > 0 and theirs > 0 and isfinite(ours / theirs) else nan


def compared(
    quantity: Quantity,
    cells: Cells,
    other: Cells,
    results: Results,
    of: Callable[[float, float], float],
) -> Observed:
    """A number of the quantity in `cells` and in `other`, for the pairs that both have."""
    key = cells.key(other)
    ours, theirs = (_by_pair(quantity, c, results, key) for c in (cells, other))
    found = [
        (networks, of(value, theirs[k][1])) for k, (networks, value) in ours.items() if k in theirs
    ]
    return Observed.of(found)


def _by_pair(
    quantity: Quantity, cells: Cells, results: Results, key: tuple[str, ...] | None = None
) -> dict[tuple, tuple[Networks, float]]:
    """The networks and the quantity of each pair by `key`; cells that repeat one are averaged."""
    names = cells.key() if key is None else key
    found: dict[tuple, list[float]] = defaultdict(list)
    networks: dict[tuple, Networks] = {}
    for row in cells.of(results):
        value = quantity(row)
        if value is not None:
            pair = tuple(row.get(name) for name in names)
            networks.setdefault(pair, networks_of(row))
            found[pair].append(value)
    return {pair: (networks[pair], float(np.mean(values))) for pair, values in found.items()}


def _measured(quantity: Quantity, cells: Cells, results: Results) -> list[float]:
    return [v for row in cells.of(results) if (v := quantity(row)) is not None]


def _single(values: list[float], choose: Callable[[list[float]], float]) -> Interval:
    """The chosen one; none where a value is not finite, which `max` and `min` may pass over."""
    failed = sum(not isfinite(value) for value in values)
    known = values and not failed
    return Interval(choose(values) if known else nan, nan, nan, len(values), failed)
