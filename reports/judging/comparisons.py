"""Statistics that set two selections of cells against each other in ways of their own."""

from collections import defaultdict
from dataclasses import dataclass
from math import nan

import numpy as np

from ..data import statistics
from ..data.quantities import Quantity
from ..data.statistics import Interval
from .claim import Results, Statistic
from .statistics import Cells, OverPairs, both, correlation, measured


@dataclass(frozen=True)
class Excess(OverPairs):
    """The mean of the quantity in `cells` minus `share` times that in `other`.

    At most zero where at most that share of it is left: unlike a quotient it is sound where the
    quantity is nearly zero.
    """

    quantity: Quantity
    cells: Cells
    other: Cells
    share: float

    def sample(self, results: Results) -> list[float]:
        ours, theirs = both(self.quantity, self.cells, self.other, results)
        return [value - self.share * theirs[k] for k, value in ours.items() if k in theirs]


@dataclass(frozen=True)
class Above(OverPairs):
    """The mean of a quantity in `cells` minus that of `their` quantity in any `other` cells.

    The others need not be of the same networks: a linear model, of which one is enough.
    """

    quantity: Quantity
    cells: Cells
    their: Quantity
    other: Cells

    def sample(self, results: Results) -> list[float]:
        level = measured(self.their, self.other, results)
        ours = measured(self.quantity, self.cells, results) if level else []
        return [value - float(np.mean(level)) for value in ours]


@dataclass(frozen=True)
class RelativeTrend(Statistic):
    """As `Trend`, of the share that the quantity in `cells` is of that in `other`.

    Where there is nothing that it could be a share of, a place is left out.
    """

    quantity: Quantity
    along: Quantity
    cells: Cells
    other: Cells

    def of(self, results: Results) -> Interval:
        ours, theirs = self._places(self.cells, results), self._places(self.other, results)
        lines: dict[object, list[tuple[float, float]]] = defaultdict(list)
        for (seeds, x), value in ours.items():
            whole = theirs.get((seeds, x), nan)
            if whole > 0:
                lines[seeds].append((x, value / whole))
        return statistics.mean(correlation(line) for line in lines.values() if len(line) >= 3)

    def _places(self, cells: Cells, results: Results) -> dict[tuple[object, float], float]:
        """The quantity of each set of seeds at each place."""
        found: dict[tuple[object, float], list[float]] = defaultdict(list)
        for row in cells.of(results):
            x, y = self.along(row), self.quantity(row)
            if x is not None and y is not None:
                found[row["seeds"], x].append(y)
        return {place: float(np.mean(values)) for place, values in found.items()}
