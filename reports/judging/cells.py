"""Which cells of the results a number is made of."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Set
from dataclasses import dataclass, fields, is_dataclass
from itertools import product
from typing import Any

import pandas as pd

from ..data.grid import GridResults
from ..data.image_groups import groups_by_cell
from ..data.named import Named
from .claim import Results, Rows
from .indexed_rows import IndexedRows, Wanted

NO_OTHER = Named("", "")
"""What a cell that compares no methods has in the place of the other one."""


IMAGES = "image_groups"
"""Under this name a row holds what its merge achieves on groups of the test images."""


@dataclass(frozen=True)
class AnyOf:
    """Several values of which a cell has one."""

    values: tuple[Any, ...]


def any_of(*values: Any) -> AnyOf:
    """A selection that allows each of the `values`."""
    return AnyOf(values)


def _column(fact: str) -> str:
    """The column that holds what a field of `Cells` asks for."""
    plain = fact in ("dataset", "networks", "noise", "status")
    return fact if plain else f"{fact}_id"


@dataclass(frozen=True)
class Cells:
    """Which finished cells of a grid: those that have the facts of every field that is given.

    `any_of` allows each of its values. By default comparisons of two methods are left out;
    `against` `None` takes them in. `ended` has the statuses of the cells: what is said of exact
    maps is said of those too that turned out not to be.
    """

    grid: str = "claims"
    dataset: str | AnyOf | None = None
    network: Named | AnyOf | None = None
    recipe: Named | AnyOf | None = None
    split: Named | None = None
    networks: int | None = None
    noise: float | None = None
    method: Named | None = None
    finish: Named | None = None
    against: Named | None = NO_OTHER
    ended: tuple[str, ...] = ("done",)

    def of(self, results: Results) -> Rows:
        """The cells, in the order of their table."""
        found, wanted = results.get(self.grid, ()), [*self._wanted(), ("status", self.ended)]
        if isinstance(found, IndexedRows):
            return found.having(wanted)
        return [row for row in found if _has(row, wanted)]

    def speaks_of(self, row: Mapping[str, object]) -> bool:
        """Whether a cell of the grid is among these, however it ended, or before it is run."""
        return _has(row, self._wanted())

    @property
    def places(self) -> Set[Hashable]:
        """Every combination of values that its `any_of` allow: of one, these values alone."""
        return {_alone(each) for each in product(*(allowed.values for _, allowed in self._several))}

    def place(self, row: Mapping[str, object]) -> Hashable:
        """Which of the `places` a cell has."""
        return _alone(tuple(row.get(column) for column, _ in self._several))

    @property
    def _several(self) -> list[tuple[str, AnyOf]]:
        given = ((_column(each.name), getattr(self, each.name)) for each in fields(self))
        return [(column, value) for column, value in given if isinstance(value, AnyOf)]

    def _wanted(self) -> Wanted:
        others = (f.name for f in fields(self) if f.name not in ("grid", "ended", "method"))
        facts = ("method", *others)  # what tells most cells apart first: rows are many
        given = ((name, getattr(self, name)) for name in facts)
        return [
            (_column(name), value.values if isinstance(value, AnyOf) else (value,))
            for name, value in given
            if value is not None
        ]

    def key(self, other: "Cells | None" = None) -> tuple[str, ...]:
        """The columns that tell pairs of networks apart, save those in which `other` differs."""
        names = ("dataset", "network", "recipe", "split")
        alike = (n for n in names if other is None or getattr(self, n) == getattr(other, n))
        return (*(_column(name) for name in alike), "seeds")


def _alone(values: tuple[Any, ...]) -> Hashable:
    return values[0] if len(values) == 1 else values


def _has(row: Mapping[str, object], wanted: Wanted) -> bool:
    return all(row.get(name) in allowed for name, allowed in wanted)


def selections(value: object) -> Iterator[Cells]:
    """Every selection of cells that a claim, a prediction or a statistic is made of."""
    if isinstance(value, Cells):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from selections(item)
    elif is_dataclass(value):
        for each in fields(value):
            yield from selections(getattr(value, each.name))


def mixed_data(value: object, results: Results) -> str:
    """That the rows of which `value` is made rest on several states of one data set, in a sentence.

    Empty where every name stands for one digest. No number may be made of several, and nothing in
    the tables says which one is meant: later rows may be of a stray copy, and seldom are all there.
    """
    digests: dict[str, set[str]] = defaultdict(set)
    for cells in selections(value):
        for row in cells.of(results):
            digests[str(row.get("dataset"))].add(str(row.get("dataset_digest") or ""))
    told = [
        f"{len(found)} states of {name} ({', '.join(each or 'unknown' for each in sorted(found))})"
        for name, found in sorted(digests.items())
        if len(found) > 1
    ]
    if not told:
        return ""
    return (
        f"its rows rest on {' and on '.join(told)}, which no number may mix: a run with `--prune` "
        "drops those of data that is no longer there."
    )


def rows(grid: GridResults) -> Rows:
    """Every cell of the grid, with its `curve` and `retraining` series and its image groups."""
    curves = {cell: points for s in grid.conditions for cell, points in s.curves.items()}
    retrained = {cell: points for s in grid.conditions for cell, points in s.retraining.items()}
    groups = groups_by_cell(grid.image_groups)
    names = [str(name) for name in grid.cells]
    columns = [[None if v is pd.NA else v for v in grid.cells[name]] for name in names]
    made = (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
    return IndexedRows(
        row
        | {
            "curve": curves.get(str(row["cell"]), {}),
            "retraining": retrained.get(str(row["cell"]), {}),
            IMAGES: groups.get(str(row["cell"]), []),
        }
        for row in made
    )
