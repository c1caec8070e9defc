"""How many units get the same partner from two methods: the measure of whether they are one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .clustered import Networks, networks_of
from .condition import FACTS, mean_by_pair
from .grid import GridResults
from .named import Named
from .statistics import Interval, mean_of

SAME = 0.9995
"""Methods that agree on so large a share of units, to the digits that are printed, are one."""

EARLIER = (
    "otfusion-weights",
    "otfusion-activations",
    "forward-bipartite",
    "correlation",
    "pfnm",
    "fedma",
)
"""Methods that were published before Git Re-Basin (2022)."""

THREE = ("activation-matching", "weight-matching", "straight-through")
"""Git Re-Basin's own."""


@dataclass(frozen=True)
class Agreement:
    """The share of living units to which two methods give the same partner, by pair of networks."""

    method: Named
    other: Named
    network: str
    dataset: str
    values: Mapping[Networks, float]

    @property
    def interval(self) -> Interval:
        """The mean over pairs of networks, and its interval, which no share exceeds."""
        return mean_of(list(self.values), list(self.values.values())).within(0, 1)

    @property
    def mean(self) -> float:
        """The mean over pairs of networks."""
        return self.interval.estimate

    @property
    def is_same(self) -> bool:
        """Whether the two are one method for all that was measured."""
        return self.mean >= SAME


def agreements(grids: Iterable[GridResults]) -> list[Agreement]:
    """Every two methods that were compared, on the networks with most pairs, and of those the last.

    Networks of another recipe, split or data are others, and no mean is over both.
    Where both are asked for in either order they count once, as they stand in the table.
    """
    found: dict[tuple[Named, Named], Agreement] = {}
    for grid in grids:
        asked = (grid.cells["against"] != "") & grid.cells["agreement"].notna()
        cells = pd.DataFrame(grid.cells[asked])
        shares: dict[tuple[Any, ...], list[tuple[Networks, float]]] = defaultdict(list)
        for row in cells.to_dict("records"):
            facts = (str(row[name]) for name in FACTS)
            same = (row["method_id"], row["against_id"], row["network_label"], *facts)
            shares[same].append((networks_of(row), row["agreement"]))
        for (method, other, network, dataset, *_), found_here in sorted(shares.items()):
            values = mean_by_pair(found_here)
            each = Agreement(method, other, network, dataset, values)
            known = found.get((method, other))
            if known is None or len(known.values) <= len(values):
                found[method, other] = each
    return list(found.values())


def twins(method: str, measured: Iterable[Agreement]) -> list[tuple[Named, Agreement]]:
    """The settings of earlier methods that were compared with this one, the most alike first.

    `method` counts as it comes, without its variants.
    """
    found = []
    for each in measured:
        for own, theirs in ((each.method, each.other), (each.other, each.method)):
            if own == Named(method) and theirs.name in EARLIER:
                found.append((theirs, each))
    return sorted(found, key=lambda pair: (-pair[1].mean, len(pair[0].parameters), pair[0].label))
