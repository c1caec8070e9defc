"""One grid's results, cut into settings: cells that differ only in method, finish and seeds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from re import sub
from typing import Any

import numpy as np
import pandas as pd

from ..results.store import CELLS, read_retraining, read_table
from .style import Look, finish_in_words, finish_order, looks

Row = Mapping[str, Any]
"""One cell: column -> value, `None` for a blank that is no number, NaN for one that is."""

QUANTITIES = ("loss", "accuracy")

Series = Mapping[str, Mapping[float, tuple[float, float]]]
"""Split -> lambda, or epochs of retraining -> loss and accuracy."""

KEYS = ("dataset", "network", "recipe", "split", "networks")


@dataclass(frozen=True, eq=False)
class Setting:
    """The finished cells of one data set, network, recipe, split and number of networks.

    `curves` and `retraining` have their points by cell, `looks` all methods of the grid, `slug`
    names files.
    """

    dataset: str
    network: str
    recipe: str
    split: str
    networks: int
    slug: str
    cells: Sequence[Row]
    curves: Mapping[str, Series]
    looks: Mapping[str, Look]
    retraining: Mapping[str, Series] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The setting in a few words."""
        recipe = sub(r"^[^(+]*\(|\)$", "", self.recipe) if "(" in self.recipe else ""
        many = f"{self.networks} networks" if self.networks != 2 else ""
        split = "" if self.split == "shared" else self.split
        parts = (self.dataset, self.network, recipe, split, many)
        return ", ".join(part for part in parts if part)

    @property
    def finishes(self) -> list[str]:
        """The labels of the finishes, in the order of their table."""
        return sorted({row["finish"] for row in self.cells}, key=finish_order)

    def heading(self, finish: str) -> str:
        """What stands above a table or figure of one finish."""
        return f"{self.title}: {finish_in_words(finish)}"

    def methods(self, finish: str | None = None) -> list[str]:
        """The labels of the methods, in the order of their table, of one finish or of all."""
        present = {row["method"] for row in self.select(finish)}
        return [label for label in self.looks if label in present]

    def select(self, finish: str | None = None, method: str | None = None) -> list[Row]:
        """The cells of one finish and one method, where given."""
        return [
            row
            for row in self.cells
            if finish in (None, row["finish"]) and method in (None, row["method"])
        ]

    def values(
        self, column: str, finish: str | None = None, method: str | None = None
    ) -> dict[str, float]:
        """One number a pair of networks, by its seeds; cells that repeat a pair are averaged."""
        return by_pair(self.select(finish, method), column)

    def lines(
        self, finish: str, method: str, split: str, quantity: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """The lambdas (points,) that all pairs have, and the `quantity` there, (pairs, points)."""
        return _lines(self.select(finish, method), self.curves, split, quantity)

    def epochs(
        self, finish: str, method: str, split: str, quantity: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """The epochs of retraining (points,) that all pairs have, and the `quantity` after them."""
        return _lines(self.select(finish, method), self.retraining, split, quantity)

    def after(
        self, epoch: float, finish: str, method: str, split: str, quantity: str
    ) -> dict[str, float]:
        """The `quantity` after so many epochs of retraining, by the seeds of a pair."""
        cells = [
            {**row, quantity: points[epoch][QUANTITIES.index(quantity)]}
            for row in self.select(finish, method)
            if epoch in (points := self.retraining.get(row["cell"], {}).get(split, {}))
        ]
        return by_pair(cells, quantity)


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid's name, all its cells, and its settings in the order of their names."""

    name: str
    cells: Sequence[Row]
    settings: Sequence[Setting]

    @property
    def is_planted(self) -> bool:
        """Whether its cells seek planted permutations, and merge nothing."""
        return any(not isnan(row["noise"]) for row in self.cells)


def read(folder: Path) -> Grid:
    """The grid whose gathered tables lie in `folder`.

    Raises `FileNotFoundError` where they are missing or empty, `ValueError` where they are
    damaged; the text is one sentence.
    """
    table, points = read_table(folder)
    if table.empty:
        raise FileNotFoundError(f"no results: {folder / CELLS} has no rows")
    cells = _rows(table)
    curves = _series(points, "lambda")
    retraining = _series(read_retraining(folder), "epoch")
    groups: dict[tuple, list[Row]] = defaultdict(list)
    for row in cells:
        if row["status"] == "done" and row["method"] and not row["against"]:
            groups[tuple(row[name] for name in KEYS)].append(row)
    found = looks(row["method"] for group in groups.values() for row in group)
    ordered = sorted(groups, key=str)
    settings = [
        Setting(
            **dict(zip(KEYS[:4], key[:4], strict=True)),
            networks=2 if key[4] is None else key[4],
            slug=name,
            cells=groups[key],
            curves={row["cell"]: curves.get(row["cell"], {}) for row in groups[key]},
            looks=found,
            retraining={row["cell"]: retraining.get(row["cell"], {}) for row in groups[key]},
        )
        for key, name in zip(ordered, _slugs(ordered), strict=True)
    ]
    return Grid(folder.name, cells, settings)


def by_pair(cells: Iterable[Row], column: str) -> dict[str, float]:
    """Seeds of a pair -> the mean of `column` over its cells; pairs without a number left out."""
    values: dict[str, list[float]] = defaultdict(list)
    for row in cells:
        if row[column] is not None and not isnan(row[column]):
            values[row["seeds"]].append(float(row[column]))
    return {seeds: float(np.mean(values[seeds])) for seeds in sorted(values)}


def slug(text: str) -> str:
    """`text` fit for a file's name."""
    return sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")


def _series(table: pd.DataFrame, at: str) -> dict[str, dict[str, dict[float, tuple]]]:
    """Cell -> split -> the column `at` -> loss and accuracy."""
    found: dict[str, dict[str, dict[float, tuple]]] = defaultdict(dict)
    for row in _rows(table):
        split = found[row["cell"]].setdefault(row["split"], {})
        split[row[at]] = (row["loss"], row["accuracy"])
    return found


def _lines(
    cells: Iterable[Row], series: Mapping[str, Series], split: str, quantity: str
) -> tuple[np.ndarray, np.ndarray]:
    """Where all pairs have points, (points,), and the `quantity` there, (pairs, points)."""
    place = QUANTITIES.index(quantity)
    pairs: dict[str, list[Mapping[float, tuple[float, float]]]] = defaultdict(list)
    for row in cells:
        if points := series.get(row["cell"], {}).get(split):
            pairs[row["seeds"]].append(points)
    everywhere = [set(points) for group in pairs.values() for points in group]
    places = sorted(set.intersection(*everywhere)) if everywhere else []
    lines = [
        [np.mean([points[at][place] for points in group]) for at in places]
        for _, group in sorted(pairs.items())
    ]
    return np.array(places), np.array(lines).reshape(len(lines), len(places))


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {
        str(name): [None if value is pd.NA else value for value in table[name].tolist()]
        for name in table.columns
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _slugs(keys: Sequence[tuple]) -> list[str]:
    """A name a setting: data set and network, and what else is needed to tell them apart."""
    varies = [i < 2 or len({key[i] for key in keys}) > 1 for i in range(len(KEYS))]
    return [
        slug("-".join(str(part) for part, used in zip(key, varies, strict=True) if used))
        for key in keys
    ]
