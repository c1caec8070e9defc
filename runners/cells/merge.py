"""One cell of a grid: which networks, brought together by which method, treated how."""

from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

from ...checked_fields import PositiveInt, Seed
from ...datasets.digest import digest
from ...methods.base import Method
from ...results.facts import canonical
from ...results.labels import method_label, network_label
from ...results.record import Value
from ..finishes import Finish
from ..keys import Facts, Keyed, kind_of, label_of, params
from ..training.checkpoints import Endpoint
from ..training.recipes import Recipe

Measurement = tuple[str, dict[str, Value]]
"""The status of a record and the columns that were measured."""


class OfNetworks(Keyed):
    """What every cell on trained networks says of them: they share their data set and split."""

    kind: ClassVar[str]

    endpoints: tuple[Endpoint, ...]

    @property
    def dataset(self) -> str:
        """The data set that the networks share."""
        return self.endpoints[0].dataset

    @property
    def network(self) -> str:
        """The architecture; of networks that differ, all of them in order, joined by "+"."""
        return network_label(*self._architectures)

    @property
    def families(self) -> set[str]:
        """The families of the architectures."""
        return set().union(*(e.network.families for e in self.endpoints))

    @property
    def seeds(self) -> str:
        """The seeds of the networks, or what stands for them, in order, joined by "-"."""
        return "-".join(str(e.seed) for e in self.endpoints)

    def describe_networks(self) -> dict[str, str | int | None]:
        """The columns of a record that say which cell it is and on which networks."""
        first = self.endpoints[0]
        family, sizes = self._architectures
        return {
            "cell": self.key,
            "kind": self.kind,
            "dataset": self.dataset,
            "dataset_digest": digest(self.dataset),
            "network_family": family,
            "network_params": canonical(sizes),
            "recipe": first.recipe.name,
            "recipe_params": canonical(_of_each([e.recipe.facts for e in self.endpoints])),
            "split": kind_of(first.split),
            "split_params": canonical(params(first.split)),
            "seeds": self.seeds,
            "checkpoints": "+".join(e.file.name for e in self.endpoints if e.file) or None,
            "networks": len(self.endpoints),
        }

    @property
    def _architectures(self) -> tuple[str, Facts | list[Facts]]:
        """The families and the parameters of the networks."""
        networks = [e.network for e in self.endpoints]
        families = list(dict.fromkeys(map(kind_of, networks)))
        told = ({"kind": kind_of(n)} if len(families) > 1 else {} for n in networks)
        each = [kind | params(n) for kind, n in zip(told, networks, strict=True)]
        return "+".join(families), _of_each(each)


def describe_method(method: Method) -> dict[str, str]:
    """The columns of a record that say by which method the networks were brought together."""
    return {
        "method": method.name,
        "method_params": canonical(params(method)),
        "paper": method.paper,
    }


def _of_each(facts: list[Facts]) -> Facts | list[Facts]:
    """The facts that all networks share, else those of each."""
    return facts if any(one != facts[0] for one in facts) else facts[0]


@cache
def _whatever_epochs(recipe: Recipe) -> Recipe:
    """Equal for recipes that differ in their epochs alone."""
    return replace(recipe, epochs=0)


@dataclass(frozen=True)
class Cell(OfNetworks):
    """The unit of work, of failure and of storage; two equal cells give the same record.

    `endpoints` are the networks that are merged: one data set, one split, one recipe but for its
    epochs, perhaps architectures of different widths. `seed` is that of the method's and the
    finish's own randomness. `points` is the number of places on the line, both ends included; odd,
    so that the middle is one of them. Raises `ValueError` otherwise.
    """

    kind: ClassVar[str] = "merge"

    endpoints: tuple[Endpoint, ...]
    method: Method
    finish: Finish
    seed: Seed = 0
    points: PositiveInt = 25

    def __post_init__(self):
        if len(self.endpoints) < 2:
            raise ValueError("a cell merges two networks or more")
        shared = {(e.dataset, _whatever_epochs(e.recipe), e.split) for e in self.endpoints}
        if len(shared) > 1:
            raise ValueError("the networks of a cell share their data set, recipe and split")
        if self.points < 3 or self.points % 2 == 0:
            raise ValueError(f"a line has an odd number of points, at least 3, not {self.points}")

    @property
    def learned_on(self) -> tuple[Endpoint, ...]:
        """The networks that the method aligns: those that are merged."""
        return self.endpoints

    @property
    def maps_from(self) -> str:
        """On which networks the maps were found, in a few words; empty where on the cell's own."""
        return ""

    def describe(self) -> dict[str, str | int | None]:
        """The columns of a record that say what the cell is."""
        return {
            **self.describe_networks(),
            **describe_method(self.method),
            "maps_from": self.maps_from or None,
            "finish": self.finish.name,
            "finish_params": canonical(params(self.finish)),
            "points": self.points,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        method = method_label(self.method.name, params(self.method), self.maps_from)
        return f"{method}, {label_of(self.finish)}: {self.network}, {self.seeds}"
