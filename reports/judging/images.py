"""How far numbers of the merge's middle depend on which images are in the test set.

All pairs of networks are measured on the same test images, so that no number of networks shows what
the images add. The images are cut into groups of nearly equal size (`image_groups.csv`); a number
is computed on each group alone, over the same pairs, and the standard error of their mean is the
groups' standard deviation over the root of their number.
"""

from collections import defaultdict
from collections.abc import Mapping
from math import inf, nan, sqrt

import numpy as np

from ..data.image_groups import Groups
from .cells import IMAGES, selections
from .claim import Results, Statistic

FEWEST_IMAGES = 3
"""A bound on an accuracy is no smaller than this many test images."""


def standard_error(number: Statistic, results: Results) -> float:
    """What the choice of the test images adds to the error of a number, in its unit.

    NaN where some cell that it needs has no groups, or where it is made of anything but
    `GROUP_COLUMNS`: those are all that a group is asked for.
    """
    needed = {
        id(row): (cells.grid, row) for cells in selections(number) for row in cells.of(results)
    }
    counts = {len(_groups(row)) for _, row in needed.values()}
    count = counts.pop() if len(counts) == 1 else 0
    if count < 2:
        return nan
    plain = [(grid, {k: row.get(k) for k in _facts(row)}, row) for grid, row in needed.values()]
    found = []
    for group in range(count):
        rows: dict[str, list[Mapping[str, object]]] = defaultdict(list)
        for grid, facts, row in plain:
            rows[grid].append({**facts, **_groups(row)[group]})
        one = number.of(rows)
        if not one.n or one.failed:
            return nan
        found.append(one.estimate)
    return float(np.std(found, ddof=1)) / sqrt(count)


def smallest_bound(images: int) -> float:
    """The least bound on an accuracy, in percentage points, that so many test images allow."""
    return FEWEST_IMAGES * 100 / images if images else inf


def _groups(row: Mapping[str, object]) -> Groups:
    found = row.get(IMAGES)
    return found if isinstance(found, list) else []


def _facts(row: Mapping[str, object]) -> list[str]:
    """What tells cells apart, and nothing that was measured."""
    return [name for name in row if name.endswith("_id") or name in _DEFINING]


_DEFINING = frozenset(
    {
        "cell",
        "dataset",
        "dataset_digest",
        "networks",
        "noise",
        "status",
        "seeds",
        "split",
        "network_params",
        "recipe_params",
    }
)
