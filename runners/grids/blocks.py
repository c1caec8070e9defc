"""What grids are made of: all methods x all finishes on some networks, and grids of such blocks."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeVar

from ...datasets.splits import Shared, Split
from ...methods.base import Method
from ...methods.plugins.catalogue import built_in, methods
from ..cells.agreement import AgreementCell
from ..cells.fidelity import FidelityCell
from ..cells.merge import Cell
from ..cells.planted import PlantedCell
from ..cells.transfer import AnyCell, TransferCell
from ..cells.worked_example import ExampleCell
from ..finishes import Finish
from ..measuring.fidelity import fidelity_cells
from ..measuring.worked_examples import EXAMPLES
from ..networks import Architecture
from ..training.checkpoints import Endpoint
from ..training.recipes import Recipe
from .designs import Seeds

T = TypeVar("T")


class AnyBlock(ABC):
    """Cells that belong together; a concrete one is a frozen dataclass."""

    @abstractmethod
    def cells(self) -> Sequence[AnyCell]:
        """The cells, those on the same networks together."""


@dataclass(frozen=True)
class Block(AnyBlock):
    """All methods x all finishes on some sets of networks trained alike.

    `network` is the architecture of all networks of a set, or a tuple with that of each in turn;
    `recipe` likewise, where the networks of a set are trained for different times.
    """

    dataset: str
    network: Architecture | tuple[Architecture, ...]
    recipe: Recipe | tuple[Recipe, ...]
    pairs: tuple[Seeds, ...]
    methods: tuple[Method, ...]
    finishes: tuple[Finish, ...]
    split: Split = field(default_factory=Shared)
    points: int = 25

    def cells(self) -> list[Cell]:
        sets = map(self.endpoints, self.pairs)
        return [
            Cell(endpoints, method, finish, points=self.points)
            for endpoints, method, finish in product(sets, self.methods, self.finishes)
        ]

    def endpoints(self, seeds: Seeds) -> tuple[Endpoint, ...]:
        """The networks of one set."""
        whole = isinstance(self.split, Shared)  # a network is the same in whichever pair it stands
        parts = [(0, 2) if whole else (part, len(seeds)) for part in range(len(seeds))]
        networks = _each(self.network, len(seeds))
        recipes = _each(self.recipe, len(seeds))
        return tuple(
            Endpoint(network, self.dataset, recipe, seed, self.split, *part)
            for network, recipe, seed, part in zip(networks, recipes, seeds, parts, strict=True)
        )


@dataclass(frozen=True)
class TransferBlock(AnyBlock):
    """The cells of `block` with maps that are found on the networks of `elsewhere`, set by set.

    `by` says where these stand to those, in a few words.
    """

    block: Block
    elsewhere: Block
    by: str

    def cells(self) -> list[TransferCell]:
        here = self.block
        sets = list(zip(here.pairs, self.elsewhere.pairs, strict=True))
        return [
            TransferCell(
                here.endpoints(seeds),
                method,
                finish,
                points=here.points,
                elsewhere=self.elsewhere.endpoints(others),
                by=self.by,
            )
            for (seeds, others), method, finish in product(sets, here.methods, here.finishes)
        ]


@dataclass(frozen=True)
class AgreementBlock(AnyBlock):
    """Each method of `block` compared with `reference` on the networks of `block`."""

    block: Block
    reference: Method

    def cells(self) -> list[AgreementCell]:
        return [
            AgreementCell(self.block.endpoints(seeds), method, self.reference)
            for seeds, method in product(self.block.pairs, self.block.methods)
        ]


@dataclass(frozen=True)
class PlantedBlock(AnyBlock):
    """All methods on permutations planted in one network, at every noise."""

    network: Architecture
    noises: tuple[float, ...]
    seeds: Seeds
    methods: tuple[Method, ...]

    def cells(self) -> list[PlantedCell]:
        return [
            PlantedCell(self.network, noise, method, seed)
            for seed, noise, method in product(self.seeds, self.noises, self.methods)
        ]


@dataclass(frozen=True)
class ExampleBlock(AnyBlock):
    """Every worked example of the papers."""

    def cells(self) -> list[ExampleCell]:
        return [ExampleCell(name) for name in EXAMPLES]


@dataclass(frozen=True)
class FidelityBlock(AnyBlock):
    """Every method that is held against its authors' code."""

    def cells(self) -> list[FidelityCell]:
        return fidelity_cells()


@dataclass(frozen=True)
class Grid:
    """Cells that are run and gathered together, and a sentence that says what for.

    `looks` has the blocks of each further look, those of more networks: a run takes of them what
    claims need that are not decided yet.
    """

    name: str
    purpose: str
    blocks: tuple[AnyBlock, ...]
    looks: tuple[tuple[AnyBlock, ...], ...] = ()

    def cells(self, look: int = 1) -> list[AnyCell]:
        """All cells up to a look, each once."""
        every = (self.blocks, *self.looks)[:look]
        return list(
            dict.fromkeys(cell for blocks in every for block in blocks for cell in block.cells())
        )


def _each(given: T | tuple[T, ...], count: int) -> tuple[T, ...]:
    return given if isinstance(given, tuple) else (given,) * count


def each_method() -> tuple[Method, ...]:
    """Each method of the catalogue as it comes: a new file in `methods` is in every grid."""
    return tuple(method() for method in methods().values())


def with_plugins(*some: Method) -> tuple[Method, ...]:
    """Some methods, and every plug-in: where there is no time for all, a user's own is there."""
    own = (method() for name, method in methods().items() if name not in built_in())
    return (*some, *own)
