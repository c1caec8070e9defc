"""The part of a table with gaps in which nothing is missing."""

from collections.abc import Hashable, Mapping
from collections.abc import Set as AbstractSet
from itertools import combinations_with_replacement
from typing import TypeVar

Row = TypeVar("Row", bound=Hashable)


def complete_block(
    has: Mapping[Row, AbstractSet[str]], rows: int, columns: int
) -> tuple[list[Row], list[str]]:
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
