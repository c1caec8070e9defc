"""Methods ranked pair by pair: what the rank table is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.stats import rankdata

from .block import complete_block
from .condition import Setting
from .named import Named
from .statistics import simultaneous
from .style import ALONE

COLUMN = "test_loss_mid"
METHODS, PAIRS = 3, 2
"""Fewest methods and pairs that are ranked."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """Test losses of merges with equal weights, (methods, pairs), none missing.

    `left_out` are methods that lack a pair.
    """

    methods: Sequence[Named]
    losses: np.ndarray
    left_out: Sequence[Named] = ()

    @property
    def ranks(self) -> np.ndarray:
        """(methods, pairs): 1 for the lowest loss of a pair; equal ones have their mean rank."""
        return rankdata(self.losses, axis=0)

    @property
    def best(self) -> np.ndarray:
        """(methods, pairs): whether no method has a lower loss; several may be best."""
        return self.losses == self.losses.min(axis=0)

    def of(self, methods: Sequence[Named]) -> "Ranks":
        """These methods alone, among themselves."""
        return Ranks(methods, self.losses[[list(self.methods).index(m) for m in methods]])

    def beaten(self) -> dict[Named, list[Named]]:
        """Method -> those that it beats: its loss is lower, pair by pair, by an interval below 0.

        All comparisons of two methods are one family (`simultaneous`).
        """
        losses = dict(zip(self.methods, self.losses, strict=True))
        pairs = list(combinations(self.methods, 2))
        with np.errstate(invalid="ignore"):  # of two infinite losses
            found = simultaneous({(a, b): losses[a] - losses[b] for a, b in pairs})
        lower = [
            (a, b) if difference.direction == "lower" else (b, a)
            for (a, b), difference in found.items()
            if difference.direction
        ]
        return {m: [b for b in self.methods if (m, b) in lower] for m in self.methods}


def ranked(setting: Setting, finish: Named) -> Ranks | None:
    """The methods of a finish that have all of its pairs (`complete_block`); `None` of too few."""
    values = {
        method: setting.values(COLUMN, finish, method)
        for method in setting.methods(finish)
        if method.name != ALONE
    }
    has = {method: found.keys() for method, found in values.items() if found}
    methods, pairs = complete_block(has, METHODS, PAIRS)
    if not methods:
        return None
    losses = np.array([[values[method][pair] for pair in pairs] for method in methods])
    losses[np.isnan(losses)] = np.inf  # a merge that diverged is last
    return Ranks(methods, losses, [method for method in has if method not in methods])
