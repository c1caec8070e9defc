"""Statistics that set two selections of cells against each other in ways of their own."""

from collections import defaultdict
from dataclasses import dataclass
from math import nan

import numpy as np

from ..data import statistics
from ..data.clustered import Networks, networks_of
from ..data.quantities import Quantity
from ..data.statistics import LEVEL, Interval
from .claim import Results
from .observed import Observed
from .statistics import Cells, Mean, OverPairs, compared, rank_correlation


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

    def measured(self, results: Results) -> Observed:
        return compared(
            self.quantity,
            self.cells,
            self.other,
            results,
            lambda ours, theirs: ours - self.share * theirs,
        )


@dataclass(frozen=True)
class Above(OverPairs):
    """The mean of a quantity in `cells` minus that of `their` quantity in any `other` cells.

    The others need not be of the same networks: a linear model, of which one is enough.
    """

    quantity: Quantity
    cells: Cells
    their: Quantity
    other: Cells

    def measured(self, results: Results) -> Observed:
        networks, values = Mean(self.quantity, self.cells).sample(results)
        level = Mean(self.their, self.other).sample(results).values
        if not level:
            return Observed((), ())
        return Observed(networks, [value - float(np.mean(level)) for value in values])


@dataclass(frozen=True)
class RelativeTrend(OverPairs):
    """As `Trend`, of the share that the quantity in `cells` is of that in `other`.

    Where there is nothing that it could be a share of, a place is left out.
    """

    quantity: Quantity
    along: Quantity
    cells: Cells
    other: Cells

    def measured(self, results: Results) -> Observed:
        ours, theirs = self._places(self.cells, results), self._places(self.other, results)
        lines: dict[Networks, list[tuple[float, float]]] = defaultdict(list)
        for (networks, x), value in ours.items():
            whole = theirs.get((networks, x), nan)
            if whole > 0:
                lines[networks].append((x, value / whole))
        return Observed.of(
            (networks, rank_correlation(line)) for networks, line in lines.items() if len(line) >= 3
        )

    def summary(self, observed: Observed, level: float = LEVEL) -> Interval:
        return statistics.mean_of(*observed, level).within(-1.0, 1.0)

    def _places(self, cells: Cells, results: Results) -> dict[tuple[Networks, float], float]:
        """The quantity of each set of networks at each place; cells that repeat are averaged."""
        found: dict[tuple[Networks, float], list[float]] = defaultdict(list)
        for row in cells.of(results):
            x, y = self.along(row), self.quantity(row)
            if x is not None and y is not None:
                found[networks_of(row), x].append(y)
        return {place: float(np.mean(values)) for place, values in found.items()}
