"""The grids: which cells stand side by side, and what for."""

from dataclasses import replace
from functools import partial

from ...datasets.splits import Dirichlet
from ...methods.activation_matching import ActivationMatching
from ...methods.base import Method
from ...methods.baselines import Identity, Parent
from ...methods.best_of import BestOf
from ...methods.fedma import FedMA
from ...methods.otfusion import OTFusionActivations, OTFusionWeights
from ...methods.pfnm import PFNM
from ...methods.straight_through import StraightThrough
from ...methods.weight_matching import WeightMatching
from ...plugin_things import join, nearest_known
from ..finishes import (
    BiasCorrection,
    FromScratch,
    Nothing,
    Repair,
    Rescale,
    ResetNorm,
    Retrain,
    TemperatureScaling,
)
from ..networks import MLP, VGG, ResNet20, ResNeXt20, RowLSTM, UNet
from ..networks.torchvision import (
    TorchvisionDenseNet,
    TorchvisionRegNet,
    TorchvisionShuffleNet,
    TorchvisionViT,
)
from ..training.recipes import recipe
from .blocks import Block, FidelityBlock, Grid, PlantedBlock, each_method, with_plugins
from .cifar import cifar_grid
from .claims import claims_grid
from .designs import Seeds, all_pairs, cyclic
from .mnist import mnist_grid
from .paper import paper_grid
from .plugged import plugged_grids
from .sequences import sequences_grid

FOUR: tuple[Seeds, ...] = all_pairs(4)
"""Four networks, all six pairs; intervals are clustered by network."""

TRIPLES: tuple[Seeds, ...] = cyclic(4, 0, 1, 2)


def grids() -> dict[str, Grid]:
    """Every grid by its name, those of plug-ins last."""
    found = built_in_grids()
    join(found, plugged_grids(), "grid")
    return found


def built_in_grids() -> dict[str, Grid]:
    """The grids of this package by their names."""
    every = (
        _quick_grid(),
        mnist_grid(),
        _clients_grid(),
        _repair_grid(),
        _recovery_grid(),
        _fidelity_grid(),
        claims_grid(),
        sequences_grid(),
        cifar_grid(),
        paper_grid(),
    )
    return {grid.name: grid for grid in every}


def grid(name: str) -> Grid:
    """The grid called `name`; `UserError` with the nearest name when there is none."""
    if name not in (known := grids()):
        raise nearest_known("grid", name, known)
    return known[name]


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


LIMITS: tuple[Method, ...] = (
    # Matched averaging of two networks of equal size: no unit is new.
    PFNM(gamma=1e-30),
    FedMA(epochs=0),
    # The dispute's questions 7 and 8: is aligning once, by weights, enough?
    StraightThrough(every=None),
)


def _methods_for_many() -> tuple[Method, ...]:
    """Methods for more than two networks."""
    return tuple(m for m in each_method() if m.name not in ("annealing", "sinkhorn-rebasin"))


def _quick_grid() -> Grid:
    digits = partial(Block, "digits", recipe=recipe("digits-short"), pairs=FOUR)
    three = partial(digits, pairs=all_pairs(3))  # where a cell takes its time
    none, reset, retrain = Nothing(), ResetNorm(), Retrain()
    mlp, narrow = MLP((64, 64, 64)), MLP((48, 48, 48))
    vgg, resnet = VGG(8, 8, norm="batch"), ResNet20(0.5, norm="layer")
    plain = (Identity(), WeightMatching(), ActivationMatching())
    soft = with_plugins(OTFusionWeights(), OTFusionActivations())
    blocks = (
        digits(
            network=mlp,
            # The authors' settings take six steps on data this small; these take 300.
            methods=(
                *each_method(),
                *VARIANTS,
                *LIMITS,
                StraightThrough(epochs=20, batch=100, learning_rate=0.1),
            ),
            finishes=(none,),
        ),
        three(network=mlp, methods=each_method(), finishes=(retrain,)),
        digits(network=mlp, methods=plain, finishes=(Repair(), Rescale())),
        digits(network=mlp, methods=(*plain, Parent()), finishes=(Retrain(epochs=10),)),
        digits(network=mlp, methods=(Identity(),), finishes=(FromScratch(epochs=10),)),
        digits(
            network=mlp,
            methods=(Identity(), Parent()),
            finishes=(BiasCorrection(), TemperatureScaling()),
        ),
        replace(digits(network=mlp, methods=_methods_for_many(), finishes=(none,)), pairs=TRIPLES),
        digits(network=(mlp, narrow), methods=soft, finishes=(none,)),
        digits(network=(narrow, mlp), methods=soft, finishes=(none,)),
        three(
            network=vgg,
            points=9,
            methods=with_plugins(*plain, BestOf(), *soft),
            finishes=(none, reset),
        ),
        three(network=vgg, points=9, methods=plain, finishes=(retrain,)),
        three(
            network=resnet,
            points=9,
            methods=with_plugins(*plain, WeightMatching(order="widest"), BestOf()),
            finishes=(none,),
        ),
        three(network=resnet, points=9, methods=plain[:2], finishes=(retrain,)),
    )
    purpose = "Every method and finish on scikit-learn's digits, in two minutes on two cores."
    return Grid("quick", purpose, blocks)


def _clients_grid() -> Grid:
    methods = with_plugins(
        Identity(),
        WeightMatching(),
        PFNM(),
        PFNM(gamma=1e-3),
        PFNM(gamma=1e-30),
        FedMA(epochs=0),
        FedMA(),
    )
    block = partial(Block, "mnist", MLP((100,)), recipe("pfnm-mnist-mlp"), split=Dirichlet())
    blocks = tuple(
        block((tuple(range(n)), tuple(range(n, 2 * n))), methods, (Nothing(),), points=3)
        for n in (2, 5, 10)
    )
    purpose = "2, 5 and 10 clients with MNIST dealt unevenly: matched averaging and its growth."
    return Grid("clients", purpose, blocks)


def _repair_grid() -> Grid:
    block = Block(
        "fashion-mnist",
        VGG(11, 8),
        recipe("fashion-short"),
        FOUR,
        with_plugins(
            Identity(),
            WeightMatching(),
            # Some images have enough positions: all of them take minutes.
            ActivationMatching(samples=2000),
            ActivationMatching(statistic="pearson", samples=2000),
        ),
        (Nothing(), Repair(), Rescale()),
        points=3,
    )
    purpose = "A plain VGG11, whose merge loses its variance: before and after REPAIR."
    return Grid("repair", purpose, (block,))


NOISES = (0.0, 0.1, 0.2, 0.5, 1.0)

SLOW = ("annealing", "fedma", "pfnm", "sinkhorn-rebasin", "straight-through")
"""Methods that meet planted permutations in the perceptron alone: they train, or nearly so."""


def _recovery_grid() -> Grid:
    block = partial(PlantedBlock, noises=NOISES, seeds=(0, 1, 2))
    exact = partial(
        PlantedBlock, noises=(0.0,), seeds=tuple(range(50)), methods=(WeightMatching(),)
    )
    trained = (MLP((64, 64, 64)), VGG(8, 8, norm="batch"), ResNet20(0.5, norm="layer"))
    methods = (*each_method(), WeightMatching(order="widest"), WeightMatching(start="greedy"))
    fast = tuple(m for m in methods if m.name not in SLOW)
    blocks = (
        block(MLP((64, 64, 64)), methods=methods),
        block(VGG(8, 8, norm="batch"), methods=fast),
        block(ResNet20(0.5, norm="layer"), methods=fast),
        block(TorchvisionViT(), methods=fast),
        block(TorchvisionDenseNet(), methods=fast),
        block(TorchvisionShuffleNet(), methods=fast),
        block(TorchvisionRegNet(), methods=fast),
        block(ResNeXt20(), methods=fast),
        block(ResNet20(0.5, norm="group"), methods=fast),
        block(RowLSTM(depth=2), methods=fast),
        block(UNet(), methods=fast),
        *map(exact, trained),
    )
    purpose = "Planted permutations found again, at five levels of noise, without any training."
    return Grid("recovery", purpose, blocks)


def _fidelity_grid() -> Grid:
    purpose = "Methods beside their authors' own code on the same networks, in half a minute."
    return Grid("fidelity", purpose, (FidelityBlock(),))
