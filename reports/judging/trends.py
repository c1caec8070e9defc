"""Trends along a ladder: of networks that differ in one number alone, such as width or epochs."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Mapping, Set
from dataclasses import dataclass
from math import nan

import numpy as np
from scipy.stats import rankdata

from ..data import statistics
from ..data.clustered import Networks, networks_of
from ..data.quantities import Quantity
from ..data.statistics import LEVEL, Interval
from .cells import Cells
from .claim import Results
from .observed import Observed
from .statistics import OverPairs

Line = Mapping[Hashable, tuple[float, float]]
"""Place -> the number that grows there, and what was measured."""

FEWEST_PLACES = 3


@dataclass(frozen=True)
class AlongLadder(OverPairs):
    """Spearman's rank correlation of what was measured with the place, within each pair.

    A pair is the networks of one set of seeds at every place that the selection names by `any_of`.
    A pair that lacks one is left out: a part of a ladder is another ladder, and may end before the
    trend turns. Where all values are the same there is no trend, and the pair counts as zero. The
    interval of the mean is cut at -1 and 1.
    """

    quantity: Quantity
    along: Quantity
    cells: Cells

    @property
    def places(self) -> Set[Hashable]:
        """Every place of the ladder."""
        return self.cells.places

    @abstractmethod
    def lines(self, results: Results) -> Mapping[Networks, Line]:
        """What was measured of each pair."""

    def __post_init__(self) -> None:
        if len(self.places) < FEWEST_PLACES:
            raise ValueError(f"a trend needs {FEWEST_PLACES} places, which `any_of` names")

    def measured(self, results: Results) -> Observed:
        whole = {n: line for n, line in self.lines(results).items() if self.places <= line.keys()}
        return Observed.of((n, rank_correlation([*line.values()])) for n, line in whole.items())

    def remark(self, results: Results) -> str:
        """How many pairs are left out, and which places none of them has."""
        lines = self.lines(results)
        short = sum(not self.places <= line.keys() for line in lines.values())
        if not short:
            return ""
        absent = self.places - set().union(*lines.values())
        named = f"; none has {', '.join(sorted(map(str, absent)))}" if absent else ""
        return (
            f"{short} of {len(lines)} sets of networks lack some of the {len(self.places)} places "
            f"of the ladder and are left out{named}."
        )

    def summary(self, observed: Observed, level: float = LEVEL) -> Interval:
        return statistics.mean_of(*observed, level).within(-1.0, 1.0)


@dataclass(frozen=True)
class Trend(AlongLadder):
    """The correlation of a quantity with another that grows; cells that repeat are averaged."""

    def lines(self, results: Results) -> Mapping[Networks, Line]:
        return _lines(self.quantity, self.along, self.cells, results)


@dataclass(frozen=True)
class RelativeTrend(AlongLadder):
    """The same of the share that the quantity in `cells` is of that in `other`.

    A place where there is nothing that it could be a share of is one that the pair lacks.
    """

    other: Cells

    def lines(self, results: Results) -> Mapping[Networks, Line]:
        ours, theirs = (
            _lines(self.quantity, self.along, cells, results) for cells in (self.cells, self.other)
        )
        return {
            networks: {
                place: (x, value / whole)
                for place, (x, value) in line.items()
                if (whole := theirs.get(networks, {}).get(place, (x, nan))[1]) > 0
            }
            for networks, line in ours.items()
        }


def _lines(
    quantity: Quantity, along: Quantity, cells: Cells, results: Results
) -> Mapping[Networks, Line]:
    found: dict[Networks, dict[Hashable, list[tuple[float, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in cells.of(results):
        x, y = along(row), quantity(row)
        if x is not None and y is not None:
            found[networks_of(row)][cells.place(row)].append((x, y))
    return {
        networks: {
            place: (points[0][0], float(np.mean([y for _, y in points])))
            for place, points in line.items()
        }
        for networks, line in found.items()
    }


def rank_correlation(line: list[tuple[float, float]]) -> float:
    """Spearman's, of places and values; zero where the values are all the same."""
    x, y = np.array(line).T
    if not np.isfinite(y).all():
        return nan
    if np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
