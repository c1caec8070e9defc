"""What merges achieve on groups of the test images, cell by cell."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pandas as pd

from ...results.series import IMAGE_GROUP_COLUMNS

GROUP_COLUMNS = tuple(column.name for column in IMAGE_GROUP_COLUMNS[2:])
"""What is known of each group: of the middle, of the networks' mean, of the best network."""

Groups = Sequence[Mapping[str, float]]
"""The groups of one cell in their order, each with a number for every one of `GROUP_COLUMNS`."""


def groups_by_cell(table: pd.DataFrame) -> dict[str, Groups]:
    """Cell -> its groups, from the rows of `image_groups.csv`; none of an empty table."""
    if table.empty:
        return {}
    found: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    ordered = table.sort_values(["cell", "group"], kind="stable")
    numbers = ordered[list(GROUP_COLUMNS)].to_numpy(dtype="float64")
    for cell, values in zip(ordered["cell"], numbers.tolist(), strict=True):
        found[str(cell)].append(dict(zip(GROUP_COLUMNS, values, strict=True)))
    return dict(found)
