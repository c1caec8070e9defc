"""The grids: which cells stand side by side, and what for."""

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product

from ..datasets.splits import Shared, Split
from ..methods.activation_matching import ActivationMatching
from ..methods.base import Method
from ..methods.catalogue import methods
from ..methods.errors import nearest
from ..methods.otfusion import OTFusionActivations, OTFusionWeights
from ..methods.straight_through import StraightThrough
from ..methods.weight_matching import WeightMatching
from .cells import Cell
from .endpoints import Endpoint
from .finishes import Finish, Nothing, ResetNorm, Retrain
from .networks import MLP, VGG, Architecture, ResNet20
from .planted import AnyCell, PlantedCell
from .recipes import Recipe, recipe
from .small_torchvision import TorchvisionDenseNet, TorchvisionShuffleNet, TorchvisionViT

Seeds = tuple[int, ...]
"""The seeds of the networks that are merged, the reference first."""

PAIRS: tuple[Seeds, ...] = ((0, 1), (2, 3), (4, 5))
"""Disjoint pairs, so that the three are independent and an interval means something."""


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
        one_for_all = not isinstance(self.network, tuple)
        networks = (self.network,) * len(seeds) if one_for_all else self.network
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


def grids() -> dict[str, Grid]:
    """Every grid by its name."""
    return {grid.name: grid for grid in (_quick(), _mnist(), _recovery())}


def grid(name: str) -> Grid:
    """The grid called `name`; `UserError` with the nearest name when there is none."""
    known = grids()
    if name not in known:
        raise nearest("grid", name, known)
    return known[name]


def each_method() -> tuple[Method, ...]:
    """Each method of the catalogue as it comes: a new file in `methods` is in every grid."""
    return tuple(method() for method in methods().values())


VARIANTS: tuple[Method, ...] = (
    # The order of visits alone moves the objective by more than any solver does.
    WeightMatching(order="forward"),
    WeightMatching(order="widest"),
    WeightMatching(start="greedy"),
    WeightMatching(sweeps=1),
    # From Git Re-Basin's MLP script towards its VGG script (Pearson) and OTFusion (before).
    ActivationMatching(when="before"),
    ActivationMatching(statistic="centred"),
    ActivationMatching(statistic="pearson"),
    # From OTFusion's README towards its code's defaults and towards Git Re-Basin.
    OTFusionWeights(squared=True),
    OTFusionWeights(normalise=True),
    OTFusionWeights(solver="sinkhorn"),
    OTFusionActivations(squared=True),
    OTFusionActivations(solver="sinkhorn"),
    OTFusionActivations(squared=True, when="after", samples=None),
)
"""One switch moved at a time; the last is activation matching by another road."""

QUICK_ONLY: tuple[Method, ...] = (
    WeightMatching(order="forward"),
    WeightMatching(sweeps=1),
    ActivationMatching(statistic="centred"),
    OTFusionWeights(normalise=True),
    OTFusionActivations(solver="sinkhorn"),
)
"""Variants that a grid of minutes, not seconds, leaves out to keep its time."""


def _quick() -> Grid:
    digits = partial(Block, "digits", recipe=recipe("digits-short"), pairs=PAIRS)
    none, reset, retrain = Nothing(), ResetNorm(), Retrain()
    blocks = (
        digits(
            network=MLP((64, 64, 64)),
            # The authors' settings take six steps on data this small; these take 300.
            methods=(
                *each_method(),
                *VARIANTS,
                StraightThrough(epochs=20, batch=100, learning_rate=0.1),
            ),
            finishes=(none, retrain),
        ),
        digits(
            network=VGG(8, 8, norm="batch"),
            points=13,
            methods=(
                *each_method(),
                ActivationMatching(statistic="pearson"),
                OTFusionWeights(solver="sinkhorn"),
            ),
            finishes=(none, reset, retrain),
        ),
        digits(
            network=ResNet20(0.5, norm="layer"),
            points=13,
            methods=(*each_method(), WeightMatching(order="widest")),
            finishes=(none, retrain),
        ),
    )
    purpose = "Every method and finish on scikit-learn's digits, in two minutes on two cores."
    return Grid("quick", purpose, blocks)


def _mnist() -> Grid:
    block = Block(
        "mnist",
        MLP((512, 512, 512)),
        replace(recipe("git-rebasin-mnist-mlp"), epochs=15),
        PAIRS,
        (*each_method(), *(v for v in VARIANTS if v not in QUICK_ONLY)),
        (Nothing(), Retrain()),
    )
    purpose = (
        "Git Re-Basin's MLP and recipe on all of MNIST, 15 epochs, in 20 minutes on two cores."
    )
    return Grid("mnist", purpose, (block,))


NOISES = (0.0, 0.1, 0.2, 0.5, 1.0)

SLOW = ("annealing", "fedma", "pfnm", "sinkhorn-rebasin", "straight-through")
"""Methods that meet planted permutations in the perceptron alone: they train, or nearly so."""


def _recovery() -> Grid:
    block = partial(PlantedBlock, noises=NOISES, seeds=(0, 1, 2))
    methods = (*each_method(), WeightMatching(order="widest"), WeightMatching(start="greedy"))
    fast = tuple(m for m in methods if m.name not in SLOW)
    blocks = (
        block(MLP((64, 64, 64)), methods=methods),
        block(VGG(8, 8, norm="batch"), methods=fast),
        block(ResNet20(0.5, norm="layer"), methods=fast),
        block(TorchvisionViT(), methods=fast),
        block(TorchvisionDenseNet(), methods=fast),
        block(TorchvisionShuffleNet(), methods=fast),
    )
    purpose = "Planted permutations found again, at five levels of noise, without any training."
    return Grid("recovery", purpose, blocks)
