"""One cell of a grid: which networks, brought together by which method, treated how."""

from dataclasses import dataclass, replace

from ..methods.base import Method, label
from .endpoints import Endpoint
from .finishes import Finish
from .keys import Keyed


class OfNetworks(Keyed):
    """What every cell on trained networks says of them: they share their data set and split."""

    endpoints: tuple[Endpoint, ...]

    @property
    def dataset(self) -> str:
        """The data set that the networks share."""
        return self.endpoints[0].dataset

    @property
    def network(self) -> str:
        """The architecture; of networks that differ, all of them in order, joined by "+"."""
        return "+".join(dict.fromkeys(e.network.name for e in self.endpoints))

    @property
    def recipe(self) -> str:
        """The recipe; of networks trained for different times, all of them in order."""
        return "+".join(dict.fromkeys(e.recipe.label for e in self.endpoints))

    @property
    def seeds(self) -> str:
        """The seeds of the networks, in order, joined by "-"."""
        return "-".join(str(e.seed) for e in self.endpoints)

    def describe_networks(self) -> dict[str, str | int]:
        """The columns of a record that say which cell it is and on which networks."""
        split = self.endpoints[0].split
        return {
            "cell": self.key,
            "dataset": self.dataset,
            "network": self.network,
            "recipe": self.recipe,
            "split": label(split, split.name),
            "seeds": self.seeds,
            "networks": len(self.endpoints),
        }


@dataclass(frozen=True)
class Cell(OfNetworks):
    """The unit of work, of failure and of storage; two equal cells give the same record.

    `endpoints` are the networks that are merged: one data set, one split, one recipe but for its
    epochs, perhaps architectures of different widths. `seed` is that of the method's and the
    finish's own randomness. `points` is the number of places on the line, both ends included; odd,
    so that the middle is one of them. Raises `ValueError` otherwise.
    """

    endpoints: tuple[Endpoint, ...]
    method: Method
    finish: Finish
    seed: int = 0
    points: int = 25

    def __post_init__(self):
        if len(self.endpoints) < 2:
            raise ValueError("a cell merges two networks or more")
        shared = {(e.dataset, replace(e.recipe, epochs=0), e.split) for e in self.endpoints}
        if len(shared) > 1:
            raise ValueError("the networks of a cell share their data set, recipe and split")
        if self.points < 3 or self.points % 2 == 0:
            raise ValueError(f"a line has an odd number of points, at least 3, not {self.points}")

    @property
    def learned_on(self) -> tuple[Endpoint, ...]:
        """The networks that the method aligns: those that are merged."""
        return self.endpoints

    @property
    def method_label(self) -> str:
        """The method with its hyper-parameters."""
        return self.method.label

    def describe(self) -> dict[str, str | int]:
        """The columns of a record that say what the cell is."""
        return {
            **self.describe_networks(),
            "method": self.method_label,
            "method_name": self.method.name,
            "paper": self.method.paper,
            "finish": self.finish.label,
            "finish_name": self.finish.name,
            "points": self.points,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        return f"{self.method_label}, {self.finish.label}: {self.network}, {self.seeds}"
