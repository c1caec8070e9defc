"""A condition: the cells of a grid that differ only in method, finish and seeds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

import numpy as np
import pandas as pd

from ...results.columns import SCORES
from ...results.labels import settings_in_brackets
from .families import finish_order
from .named import Named

QUANTITIES = ("loss", "accuracy")

Series = Mapping[str, Mapping[float, tuple[float, float]]]
"""Split -> lambda, or epochs of retraining -> loss and accuracy."""

FACTS = (
    "dataset",
    "dataset_digest",
    "network_family",
    "network_params",
    "recipe",
    "recipe_params",
    "split",
    "split_params",
    "networks",
)
"""What tells conditions apart: the columns of a record that all of their cells share."""


@dataclass(frozen=True, eq=False)
class Condition:
    """The finished cells of one data set, network, recipe, split and number of networks.

    `facts` are the values of `FACTS`; `dataset`, `network`, `recipe` and `split` their labels.
    `cells` is a data frame (`read`), `curves` and `retraining` have their points by cell, `line_up`
    has all methods of the grid in their order, `slug` names files.
    """

    dataset: str
    network: str
    recipe: str
    split: str
    networks: int
    slug: str
    facts: Mapping[str, str]
    cells: pd.DataFrame
    curves: Mapping[str, Series]
    line_up: tuple[Named, ...]
    retraining: Mapping[str, Series] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, object]:
        # Without what was computed meanwhile: a thread may send a condition off while another
        # fills a cached property, and that would be a dictionary that grows under pickle's hands.
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def title(self) -> str:
        """The condition in a few words."""
        changes = settings_in_brackets(self.facts["recipe_params"])
        many = f"{self.networks} networks" if self.networks != 2 else ""
        split = "" if self.split == "shared" else self.split
        parts = (self.dataset, self.network, changes, split, many)
        return ", ".join(part for part in parts if part)

    @cached_property
    def finishes(self) -> list[Named]:
        """The finishes, in the order of their table."""
        return sorted(set(self.cells["finish_id"]), key=finish_order)

    def methods(self, finish: Named | None = None) -> list[Named]:
        """The methods, in the order of their table, of one finish or of all."""
        return [method for method in self.line_up if len(self._places(finish, method))]

    def select(self, finish: Named | None = None, method: Named | None = None) -> pd.DataFrame:
        """The cells of one finish and one method, where given."""
        return self.cells.iloc[self._places(finish, method)]

    def part(self, **values: object) -> "Condition":
        """The same condition with those cells alone whose columns have these values."""
        own = self.cells[list(values)] == pd.Series(values)
        return replace(self, cells=self.cells[own.fillna(value=False).all(axis=1)])

    def values(
        self, column: str, finish: Named | None = None, method: Named | None = None
    ) -> dict[str, float]:
        """One number per pair of networks, by its seeds; cells that repeat a pair are averaged."""
        places = self._places(finish, method)
        numbers, seeds = self._numbers(column)[places], self._seeds[places]
        measured = ~np.isnan(numbers)
        if column in SCORES:
            measured |= self._diverged[places]
        return mean_by_pair(zip(seeds[measured], numbers[measured], strict=True))

    def pairs(self, finish: Named | None = None, method: Named | None = None) -> int:
        """How many pairs of networks, or sets of more, there are cells of."""
        return len(set(self._seeds[self._places(finish, method)]))

    def diverged(self, finish: Named | None = None, method: Named | None = None) -> int:
        """How many pairs of networks have a merge that diverged."""
        places = self._places(finish, method)
        return len(set(self._seeds[places][self._diverged[places]]))

    def lines(
        self, finish: Named, method: Named, split: str, quantity: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """The lambdas (points,) that all pairs have, and the `quantity` there, (pairs, points)."""
        return self._lines(finish, method, self.curves, split, quantity)

    def epochs(
        self, finish: Named, method: Named, split: str, quantity: str
    ) -> tuple[np.ndarray, np.ndarray]:
        """The epochs of retraining (points,) that all pairs have, and the `quantity` after them."""
        return self._lines(finish, method, self.retraining, split, quantity)

    def after(
        self, epoch: float, finish: Named, method: Named, split: str, quantity: str
    ) -> dict[str, float]:
        """The `quantity` after so many epochs of retraining, by the seeds of a pair."""
        place = QUANTITIES.index(quantity)
        found = (
            (seeds, points[epoch][place])
            for seeds, points in self._points(finish, method, self.retraining, split)
            if epoch in points
        )
        return mean_by_pair(found)

    def _lines(
        self,
        finish: Named,
        method: Named,
        series: Mapping[str, Series],
        split: str,
        quantity: str,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Where all pairs have points, (points,), and the `quantity` there, (pairs, points)."""
        place = QUANTITIES.index(quantity)
        pairs: dict[str, list[Mapping[float, tuple[float, float]]]] = defaultdict(list)
        for seeds, points in self._points(finish, method, series, split):
            pairs[seeds].append(points)
        everywhere = [set(points) for group in pairs.values() for points in group]
        at = sorted(set.intersection(*everywhere)) if everywhere else []
        lines = [
            [np.mean([points[t][place] for points in group]) for t in at]
            for _, group in sorted(pairs.items())
        ]
        return np.array(at), np.array(lines).reshape(len(lines), len(at))

    def _points(
        self, finish: Named, method: Named, series: Mapping[str, Series], split: str
    ) -> Iterable[tuple[str, Mapping[float, tuple[float, float]]]]:
        """The seeds and the points of every cell that has some."""
        places = self._places(finish, method)
        pairs = zip(self._keys[places].tolist(), self._seeds[places].tolist(), strict=True)
        for cell, seeds in pairs:
            if points := series.get(cell, {}).get(split):
                yield seeds, points

    def _places(self, finish: Named | None, method: Named | None) -> np.ndarray:
        return self._groups.get((finish, method), np.array([], dtype=int))

    @cached_property
    def _groups(self) -> dict[tuple[Named | None, Named | None], np.ndarray]:
        """The rows of `cells` by finish and method, by either, and all of them."""
        found: dict[tuple[Named | None, Named | None], list[int]] = defaultdict(list)
        pairs = zip(self.cells["finish_id"], self.cells["method_id"], strict=True)
        for place, (finish, method) in enumerate(pairs):
            for key in ((finish, method), (finish, None), (None, method), (None, None)):
                found[key].append(place)
        return {key: np.array(places) for key, places in found.items()}

    def _numbers(self, column: str) -> np.ndarray:
        return self.cells[column].to_numpy(dtype="float64", na_value=np.nan)

    @cached_property
    def _seeds(self) -> np.ndarray:
        return self.cells["seeds"].to_numpy(dtype=object)

    @cached_property
    def _keys(self) -> np.ndarray:
        return self.cells["cell"].to_numpy(dtype=object)

    @cached_property
    def _diverged(self) -> np.ndarray:
        return self.cells["diverged"].fillna(value=False).to_numpy(dtype=bool)


def mean_by_pair(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Seeds of a pair -> the mean over its cells."""
    found: dict[str, list[float]] = defaultdict(list)
    for seeds, value in values:
        found[seeds].append(value)
    return {seeds: float(np.mean(found[seeds])) for seeds in sorted(found)}
