"""The statistics that claims are judged by: over the cells of a selection, pair by pair."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from math import exp, isfinite, log, nan
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ..data import statistics
from ..data.grid import GridResults
from ..data.named import Named
from ..data.quantities import Quantity
from ..data.statistics import Interval
from .claim import Results, Rows, Statistic

NO_OTHER = Named("", "")
"""What a cell that compares no methods has in the place of the other one."""


@dataclass(frozen=True)
class AnyOf:
    """Several values of which a cell has one."""

    values: tuple[Any, ...]


def any_of(*values: Any) -> AnyOf:
    """A selection that allows each of the `values`."""
    return AnyOf(values)


def _column(fact: str) -> str:
    """The column that holds what a field of `Cells` asks for."""
    plain = fact in ("dataset", "networks", "noise", "status")
    return fact if plain else f"{fact}_id"


@dataclass(frozen=True)
class Cells:
    """Which finished cells of a grid: those that have the facts of every field that is given.

    `any_of` allows each of its values. By default comparisons of two methods are left out;
    `against` `None` takes them in. `ended` has the statuses of the cells: what is said of exact
    maps is said of those too that turned out not to be.
    """

    grid: str = "claims"
    dataset: str | AnyOf | None = None
    network: Named | AnyOf | None = None
    recipe: Named | AnyOf | None = None
    split: Named | None = None
    networks: int | None = None
    noise: float | None = None
    method: Named | None = None
    finish: Named | None = None
    against: Named | None = NO_OTHER
    ended: tuple[str, ...] = ("done",)

    def of(self, results: Results) -> Rows:
        """The cells, in the order of their table."""
        wanted = [("status", self.ended), *self._wanted()]
        return [
            row
            for row in results.get(self.grid, ())
            if all(row.get(name) in allowed for name, allowed in wanted)
        ]

    def _wanted(self) -> list[tuple[str, tuple[object, ...]]]:
        facts = (f.name for f in fields(self) if f.name not in ("grid", "ended"))
        given = ((name, getattr(self, name)) for name in facts)
        return [
            (_column(name), value.values if isinstance(value, AnyOf) else (value,))
            for name, value in given
            if value is not None
        ]

    def key(self, other: "Cells | None" = None) -> tuple[str, ...]:
        """The columns that tell pairs of networks apart, save those in which `other` differs."""
        names = ("dataset", "network", "recipe", "split")
        alike = (n for n in names if other is None or getattr(self, n) == getattr(other, n))
        return (*(_column(name) for name in alike), "seeds")


class OverPairs(Statistic):
    """A mean of one number per pair of networks, whose interval may be widened for its company."""

    @abstractmethod
    def sample(self, results: Results) -> list[float]:
        """The numbers, one per pair that has one."""

    def shown(self, mean: Interval) -> Interval:
        """The mean of a sample, in the unit in which it is spoken of."""
        return mean

    def of(self, results: Results) -> Interval:
        return self.shown(statistics.simultaneous({"": self.sample(results)})[""])


class OverCells(Statistic):
    """A number of single cells, of which one is enough."""


@dataclass(frozen=True)
class Mean(OverPairs):
    """The mean of a quantity over pairs of networks."""

    quantity: Quantity
    cells: Cells

    def sample(self, results: Results) -> list[float]:
        return list(_by_pair(self.quantity, self.cells, results).values())


@dataclass(frozen=True)
class Median(Statistic):
    """The median over pairs: for times."""

    quantity: Quantity
    cells: Cells

    def of(self, results: Results) -> Interval:
        return statistics.median(_by_pair(self.quantity, self.cells, results).values())


@dataclass(frozen=True)
class Greatest(OverCells):
    """The greatest of all cells, which has no interval: for laws that allow no exception."""

    quantity: Quantity
    cells: Cells

    def of(self, results: Results) -> Interval:
        return _single(measured(self.quantity, self.cells, results), max)


@dataclass(frozen=True)
class Least(OverCells):
    """The least of all cells, which has no interval."""

    quantity: Quantity
    cells: Cells

    def of(self, results: Results) -> Interval:
        return _single(measured(self.quantity, self.cells, results), min)


@dataclass(frozen=True)
class Difference(OverPairs):
    """The mean of the quantity in `cells` minus that in `other`, over the pairs of both."""

    quantity: Quantity
    cells: Cells
    other: Cells

    def sample(self, results: Results) -> list[float]:
        ours, theirs = both(self.quantity, self.cells, self.other, results)
        return statistics.paired(ours, theirs)


@dataclass(frozen=True)
class Multiple(OverPairs):
    """How many times as large the quantity is in `cells` as in `other`: geometric mean of pairs."""

    quantity: Quantity
    cells: Cells
    other: Cells

    def sample(self, results: Results) -> list[float]:
        ours, theirs = both(self.quantity, self.cells, self.other, results)
        return [_log_ratio(ours[k], theirs[k]) for k in ours if k in theirs]

    def shown(self, mean: Interval) -> Interval:
        return replace(mean, estimate=exp(mean.estimate), low=exp(mean.low), high=exp(mean.high))


@dataclass(frozen=True)
class Trend(Statistic):
    """Spearman's rank correlation of a quantity with another that grows, within each pair.

    A pair is the networks of one set of seeds, at every width or epoch; where the quantity is the
    same everywhere there is no trend, and the pair counts as zero. Cells that repeat a pair are
    averaged. The interval is the bootstrap's: a t-interval would leave the range from -1 to 1.
    """

    quantity: Quantity
    along: Quantity
    cells: Cells

    def of(self, results: Results) -> Interval:
        lines: dict[object, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
        for row in self.cells.of(results):
            x, y = self.along(row), self.quantity(row)
            if x is not None and y is not None:
                lines[row["seeds"]][x].append(y)
        means = [[(x, float(np.mean(ys))) for x, ys in line.items()] for line in lines.values()]
        return statistics.mean(correlation(line) for line in means if len(line) >= 3)


def selections(value: object) -> Iterator[Cells]:
    """Every selection of cells that a claim, a prediction or a statistic is made of."""
    if isinstance(value, Cells):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from selections(item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from selections(getattr(value, each.name))


def rows(grid: GridResults) -> Rows:
    """Every cell of the grid, with its `curve` and `retraining` series."""
    curves = {cell: points for s in grid.conditions for cell, points in s.curves.items()}
    retrained = {cell: points for s in grid.conditions for cell, points in s.retraining.items()}
    names = [str(name) for name in grid.cells]
    columns = [[None if v is pd.NA else v for v in grid.cells[name]] for name in names]
    made = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    return [
        row
        | {
            "curve": curves.get(str(row["cell"]), {}),
            "retraining": retrained.get(str(row["cell"]), {}),
        }
        for row in made
    ]


def _log_ratio(ours: float, theirs: float) -> float:
    """The logarithm of the quotient; not a number where it has none."""
    return log(ours / theirs) if ours > 0 and theirs > 0 and isfinite(ours / theirs) else nan


def correlation(line: list[tuple[float, float]]) -> float:
    x, y = np.array(line).T
    if not np.isfinite(y).all():
        return nan
    if np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def both(
    quantity: Quantity, cells: Cells, other: Cells, results: Results
) -> tuple[dict[tuple, float], dict[tuple, float]]:
    key = cells.key(other)
    return _by_pair(quantity, cells, results, key), _by_pair(quantity, other, results, key)


def _by_pair(
    quantity: Quantity, cells: Cells, results: Results, key: tuple[str, ...] | None = None
) -> dict[tuple, float]:
    """The quantity of each pair of networks; cells that repeat a pair are averaged."""
    names = cells.key() if key is None else key
    found: dict[tuple, list[float]] = defaultdict(list)
    for row in cells.of(results):
        value = quantity(row)
        if value is not None:
            found[tuple(row.get(name) for name in names)].append(value)
    return {pair: float(np.mean(values)) for pair, values in found.items()}


def measured(quantity: Quantity, cells: Cells, results: Results) -> list[float]:
    return [v for row in cells.of(results) if (v := quantity(row)) is not None]


def _single(values: list[float], choose: Callable[[list[float]], float]) -> Interval:
    """The chosen one; none where a value is not finite, which `max` and `min` may pass over."""
    diverged = sum(not isfinite(value) for value in values)
    known = values and not diverged
    return Interval(choose(values) if known else nan, nan, nan, len(values), diverged)
