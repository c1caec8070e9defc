"""What grids are made of: all methods x all finishes on some networks, and grids of such blocks."""

from dataclasses import dataclass, field
from itertools import product

from ..datasets.splits import Shared, Split
from ..methods.base import Method
from .cells import Cell
from .endpoints import Endpoint
from .finishes import Finish
from .networks import Architecture
from .planted import AnyCell, PlantedCell
from .recipes import Recipe

Seeds = tuple[int, ...]
"""The seeds of the networks that are merged, the reference first."""


@dataclass(frozen=True)
class Block:
    """All methods x all finishes on some sets of networks trained alike.

    `network` is the architecture of all networks of a set, or a tuple with that of each in turn.
    """

    dataset: str
    network: Architecture | tuple[Architecture, ...]
    recipe: Recipe
    pairs: tuple[Seeds, ...]
    methods: tuple[Method, ...]
    finishes: tuple[Finish, ...]
    split: Split = field(default_factory=Shared)
    points: int = 25

    def cells(self) -> list[Cell]:
        """The cells, those on the same networks together."""
        return [
            Cell(self._endpoints(seeds), method, finish, points=self.points)
            for seeds, method, finish in product(self.pairs, self.methods, self.finishes)
        ]

    def _endpoints(self, seeds: Seeds) -> tuple[Endpoint, ...]:
        whole = isinstance(self.split, Shared)  # a network is the same in whichever pair it stands
        parts = [(0, 2) if whole else (part, len(seeds)) for part in range(len(seeds))]
        given = self.network
        networks = given if isinstance(given, tuple) else (given,) * len(seeds)
        return tuple(
            Endpoint(network, self.dataset, self.recipe, seed, self.split, *part)
            for network, seed, part in zip(networks, seeds, parts, strict=True)
        )


@dataclass(frozen=True)
class PlantedBlock:
    """All methods on permutations planted in one network, at every noise."""

    network: Architecture
    noises: tuple[float, ...]
    seeds: Seeds
    methods: tuple[Method, ...]

    def cells(self) -> list[PlantedCell]:
        """The cells, those on the same pair of networks together."""
        return [
            PlantedCell(self.network, noise, method, seed)
            for seed, noise, method in product(self.seeds, self.noises, self.methods)
        ]


@dataclass(frozen=True)
class Grid:
    """Cells that are run and gathered together, and a sentence that says what for."""

    name: str
    purpose: str
    blocks: tuple[Block | PlantedBlock, ...]

    def cells(self) -> list[AnyCell]:
        """All cells, each once."""
        return list(dict.fromkeys(cell for block in self.blocks for cell in block.cells()))
