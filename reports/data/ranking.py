"""Methods ranked pair by pair: what the rank table is made of."""

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from typing import TypeVar

import numpy as np
from scipy.stats import rankdata

from .clustered import Networks
from .condition import Condition
from .families import ALONE
from .named import Named
from .statistics import simultaneous

RANKED_COLUMN = "test_loss_mid"
FEWEST_METHODS, FEWEST_PAIRS = 3, 2
"""Fewest methods and pairs that are ranked."""


@dataclass(frozen=True, eq=False)
class Ranks:
    """Test losses of merges with equal weights, (methods, `pairs`), none missing.

    `left_out` are methods that lack a pair.
    """

    methods: Sequence[Named]
    losses: np.ndarray
    pairs: Sequence[Networks]
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
        return Ranks(
            methods, self.losses[[list(self.methods).index(m) for m in methods]], self.pairs
        )

    def beaten(self) -> dict[Named, list[Named]]:
        """Method -> those that it beats: its loss is lower, pair by pair, by an interval below 0.

        All comparisons of two methods are one family (`simultaneous`).
        """
        losses = dict(zip(self.methods, self.losses, strict=True))
        pairs = list(combinations(self.methods, 2))
        with np.errstate(invalid="ignore"):  # of two infinite losses
            found = simultaneous(
                {
                    (a, b): dict(zip(self.pairs, losses[a] - losses[b], strict=True))
                    for a, b in pairs
                }
            )
        lower = [
            (a, b) if difference.direction == "lower" else (b, a)
            for (a, b), difference in found.items()
            if difference.direction
        ]
        return {m: [b for b in self.methods if (m, b) in lower] for m in self.methods}


def ranked(condition: Condition, finish: Named) -> Ranks | None:
    """The methods of a finish that have all of its pairs (`complete_block`); `None` of too few."""
    values = {
        method: condition.values(RANKED_COLUMN, finish, method)
        for method in condition.methods(finish)
        if method.name != ALONE
    }
    has = {method: found.keys() for method, found in values.items() if found}
    methods, pairs = complete_block(has, FEWEST_METHODS, FEWEST_PAIRS)
    if not methods:
        return None
    losses = np.array([[values[method][pair] for pair in pairs] for method in methods])
    losses[np.isnan(losses)] = np.inf  # a merge that diverged is last
    return Ranks(methods, losses, pairs, [method for method in has if method not in methods])


RowName = TypeVar("RowName", bound=Hashable)
ColumnName = TypeVar("ColumnName", str, Networks)


def complete_block(
    has: Mapping[RowName, AbstractSet[ColumnName]], rows: int, columns: int
) -> tuple[list[RowName], list[ColumnName]]:
    """Rows and columns without a gap between them: the block with most cells that was found.

    `has` maps a row to the columns that it has. Tried are the columns of every row and those that
    two rows share, so that a row with few columns leaves rather than the columns that it lacks. Of
    equal blocks the one with more columns. Nothing where none has so many `rows` and `columns`.
    """
    found = []
    for a, b in combinations_with_replacement(has, 2):
        shared = has[a] & has[b]
        members = [row for row in has if shared <= has[row]]
        if len(shared) >= columns and len(members) >= rows:
            found.append((len(shared) * len(members), len(shared), sorted(shared), members))
    if not found:
        return [], []
    *_, best, members = max(found, key=lambda block: block[:3])
    return members, best
