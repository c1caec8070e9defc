"""A condition: the cells of a grid that differ only in method, finish and seeds."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from math import nan
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...results.columns import BY_NAME, HIGHEST, SCORES
from ...results.labels import settings_in_brackets
from .clustered import Networks, networks_of
from .families import finish_order
from .named import Named
from .statistics import Interval, mean

QUANTITIES = ("loss", "accuracy")

BARRIER = "test_barrier_chord_loss"
"""The column that is meant where one barrier has to stand for all."""

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


class Lines(NamedTuple):
    """Numbers along a line or over epochs: where all pairs have them, and of which pairs."""

    at: np.ndarray
    """(points,)"""
    values: np.ndarray
    """(pairs, points)"""
    pairs: Sequence[Networks]


_NESTED = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
LONGEST = 40
"""Letters of a setting's own settings that a title still has."""


def _shortened(found: re.Match[str]) -> str:
    return found[0] if len(found[0]) <= LONGEST else "(…)"


@dataclass(frozen=True, eq=False)
class Condition:
    """The finished cells of one data set, network, recipe, split and number of networks.

    `facts` are the values of `FACTS`; `dataset`, `network`, `recipe` and `split` their labels.
    `cells` is a data frame (`read`), `curves` and `retraining` have their points by cell, `line_up`
    has all methods of the grid in their order, `slug` names files. `failed`: by finish and method
    the pairs whose cell failed; their scores are no numbers, so that no mean is one of the others.
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
    failed: Mapping[tuple[Named, Named], Set[Networks]] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, object]:
        # Without what was computed meanwhile: a thread may send a condition off while another
        # fills a cached property, and that would be a dictionary that grows under pickle's hands.
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def has_full_images(self) -> bool:
        """Photographs, handwriting or text, and not the small digits that scikit-learn brings."""
        return self.dataset != "digits"

    @property
    def has_colour(self) -> bool:
        """Photographs in colour: CIFAR, on which the papers merge convolutional networks."""
        return self.dataset.startswith("cifar")

    @property
    def title(self) -> str:
        """The condition in a few words: `caption` has all of its recipe."""
        changes = _NESTED.sub(_shortened, settings_in_brackets(self.facts["recipe_params"]))
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
    ) -> dict[Networks, float]:
        """One number per pair of networks; cells that repeat a pair are averaged."""
        places = self._places(finish, method)
        numbers, pairs = self._numbers(column)[places], self._pairs[places]
        measured = ~np.isnan(numbers)
        if column in SCORES:
            measured |= self._diverged[places]
        found = mean_by_pair(zip(pairs[measured], numbers[measured], strict=True))
        if column in SCORES and method is not None:
            found |= dict.fromkeys(self._failed(finish, method) - found.keys(), nan)
        return found

    def mean(
        self, column: str, finish: Named | None = None, method: Named | None = None
    ) -> Interval:
        """The mean of `values`, whose interval is cut at what the column can be."""
        low, high = BY_NAME[column].low, BY_NAME[column].high
        if "_barrier_chord_" in column and self.networks == 2:
            low = 0.0  # the ends of the line are on the chord
        return mean(self.values(column, finish, method)).within(low, high)

    def mean_after(
        self, epoch: float, finish: Named, method: Named, split: str, quantity: str
    ) -> Interval:
        """The mean of `after`, cut likewise."""
        return mean(self.after(epoch, finish, method, split, quantity)).within(
            0.0, HIGHEST[quantity]
        )

    def pairs(self, finish: Named | None = None, method: Named | None = None) -> int:
        """How many pairs of networks, or sets of more, there are cells of."""
        return len(set(self._pairs[self._places(finish, method)]))

    def trained(self, finish: Named | None = None, method: Named | None = None) -> int:
        """How many networks these pairs, or sets of more, are made of."""
        return len({name for pair in self._pairs[self._places(finish, method)] for name in pair})

    def diverged(self, finish: Named | None = None, method: Named | None = None) -> int:
        """How many pairs of networks have a merge that diverged."""
        places = self._places(finish, method)
        return len(set(self._pairs[places][self._diverged[places]]))

    def asked(self, finish: Named | None = None, method: Named | None = None) -> int:
        """How many pairs were to be merged: those that have cells, and those that failed."""
        return len(set(self._pairs[self._places(finish, method)]) | self._failed(finish, method))

    def failures(self, finish: Named | None = None, method: Named | None = None) -> int:
        """How many pairs of networks have no merge, since their cell failed."""
        return len(self._failed(finish, method))

    def _failed(self, finish: Named | None, method: Named | None) -> set[Networks]:
        """The pairs whose cell failed, of one finish and method or of any."""
        asked = (finish, method)
        found = (
            pairs
            for key, pairs in self.failed.items()
            if all(want in (None, own) for want, own in zip(asked, key, strict=True))
        )
        return set[Networks]().union(*found)

    def lines(self, finish: Named, method: Named, split: str, quantity: str) -> "Lines":
        """The `quantity` along the line, of every pair."""
        return self._lines(finish, method, self.curves, split, quantity)

    def epochs(self, finish: Named, method: Named, split: str, quantity: str) -> "Lines":
        """The `quantity` after epochs of retraining, of every pair."""
        return self._lines(finish, method, self.retraining, split, quantity)

    def after(
        self, epoch: float, finish: Named, method: Named, split: str, quantity: str
    ) -> dict[Networks, float]:
        """The `quantity` after so many epochs of retraining, of every pair."""
        place = QUANTITIES.index(quantity)
        found = [
            (pair, points[epoch][place])
            for pair, points in self._points(finish, method, self.retraining, split)
            if epoch in points
        ]
        lost = [(pair, nan) for pair in self._failed(finish, method)]
        return mean_by_pair([*found, *lost] if found else [])

    def _lines(
        self,
        finish: Named,
        method: Named,
        series: Mapping[str, Series],
        split: str,
        quantity: str,
    ) -> "Lines":
        place = QUANTITIES.index(quantity)
        pairs: dict[Networks, list[Mapping[float, tuple[float, float]]]] = defaultdict(list)
        for pair, points in self._points(finish, method, series, split):
            pairs[pair].append(points)
        everywhere = [set(points) for group in pairs.values() for points in group]
        at = sorted(set.intersection(*everywhere)) if everywhere else []
        lines = [
            [np.mean([points[t][place] for points in group]) for t in at]
            for _, group in sorted(pairs.items())
        ]
        lost = sorted(self._failed(finish, method) - pairs.keys()) if lines else []
        lines += [[nan] * len(at) for _ in lost]
        return Lines(
            np.array(at), np.array(lines).reshape(len(lines), len(at)), [*sorted(pairs), *lost]
        )

    def _points(
        self, finish: Named, method: Named, series: Mapping[str, Series], split: str
    ) -> Iterable[tuple[Networks, Mapping[float, tuple[float, float]]]]:
        """The networks and the points of every cell that has some."""
        places = self._places(finish, method)
        for cell, pair in zip(self._keys[places], self._pairs[places], strict=True):
            if points := series.get(cell, {}).get(split):
                yield pair, points

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
    def _pairs(self) -> np.ndarray:
        """The networks of every cell."""
        found = np.empty(len(self.cells), dtype=object)
        found[:] = [networks_of({**self.facts, "seeds": seeds}) for seeds in self.cells["seeds"]]
        return found

    @cached_property
    def _keys(self) -> np.ndarray:
        return self.cells["cell"].to_numpy(dtype=object)

    @cached_property
    def _diverged(self) -> np.ndarray:
        return self.cells["diverged"].fillna(value=False).to_numpy(dtype=bool)


def mean_by_pair(values: Iterable[tuple[Networks, float]]) -> dict[Networks, float]:
    """Networks of a pair -> the mean over its cells."""
    found: dict[Networks, list[float]] = defaultdict(list)
    for pair, value in values:
        found[pair].append(value)
    return {pair: float(np.mean(found[pair])) for pair in sorted(found)}
