"""Statistics that set two selections of cells against each other in ways of their own."""

from dataclasses import dataclass

import numpy as np

from ..data.quantities import Quantity
from .claim import Results
from .observed import Observed
from .statistics import Cells, Mean, OverPairs, compared


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
