"""Rows of a grid that are found by their values: claims ask for a few of thousands, often."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import overload

Row = Mapping[str, object]
Wanted = Sequence[tuple[str, tuple[object, ...]]]
"""Columns, each with the values of which a row must have one."""


class IndexedRows(Sequence[Row]):
    """Rows in their order; those with some values are found without a walk through all."""

    def __init__(self, rows: Iterable[Row]):
        self._rows = list(rows)
        self._places = cache(self._places_of)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._rows[index]

    def having(self, wanted: Wanted) -> Sequence[Row]:
        """The rows that have one of the values in every column, in their order."""
        if not wanted:
            return self._rows
        each = [
            {place for value in values for place in self._places(column).get(value, ())}
            for column, values in wanted
        ]
        return [self._rows[place] for place in sorted(set.intersection(*each))]

    def _places_of(self, column: str) -> Mapping[object, Sequence[int]]:
        found: dict[object, list[int]] = defaultdict(list)
        for place, row in enumerate(self._rows):
            found[row.get(column)].append(place)
        return dict(found)
