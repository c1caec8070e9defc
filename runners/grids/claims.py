"""The grid behind `reports/judging/catalogue.py` at the scale of two CPU cores, block by block."""

from dataclasses import replace
from functools import partial

from ...datasets.splits import Biased, SpecialDigit
from ...methods.activation_matching import ActivationMatching
from ...methods.base import Method
from ...methods.baselines import Identity, Parent
from ...methods.best_of import BestOf
from ...methods.cca_merge import CCAMerge
from ...methods.fedma import FedMA
from ...methods.forward_bipartite import ForwardBipartite
from ...methods.frank_wolfe import FrankWolfe
from ...methods.merge_many import MergeMany
from ...methods.neuron_alignment import NeuronAlignment
from ...methods.otfusion import OTFusionActivations, OTFusionWeights
from ...methods.pfnm import PFNM
from ...methods.plugins.catalogue import find_method
from ...methods.straight_through import StraightThrough
from ...methods.weight_matching import WeightMatching
from ...methods.zipit import ZipIt
from ...results.ladder import LADDER
from ..finishes import (
    BiasCorrection,
    Finish,
    FromScratch,
    Nothing,
    Repair,
    ResetNorm,
    Retrain,
    TemperatureScaling,
)
from ..networks import MLP, VGG, ResNet20
from ..networks.base import Norm
from ..training.recipes import SGD, Adam, recipe
from .blocks import (
    AgreementBlock,
    AnyBlock,
    Block,
    ExampleBlock,
    Grid,
    Seeds,
    TransferBlock,
    with_plugins,
)

FIVE_PAIRS: tuple[Seeds, ...] = ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))
SIXES: tuple[Seeds, ...] = tuple(tuple(range(6 * i, 6 * i + 6)) for i in range(5))
GROUPS_OF_FIVE: tuple[Seeds, ...] = tuple(tuple(range(5 * i, 5 * i + 5)) for i in range(5))
NONE: tuple[Finish, ...] = (Nothing(),)

WIDE = MLP((256, 256, 256))
SMALL_MLP = MLP((128, 128, 128))
IDENTITY_AND_WEIGHTS = (Identity(), WeightMatching())

LADDER_METHODS: tuple[Method, ...] = tuple(
    find_method(rung.method)(**rung.params) for rung in LADDER
)
"""From OTFusion as released towards Git Re-Basin's activation matching, one switch at a time."""

MATCHERS: tuple[Method, ...] = (
    *IDENTITY_AND_WEIGHTS,
    *(WeightMatching(sweeps=n) for n in (1, 2, 3)),
    WeightMatching(start="greedy"),
    BestOf(),
    *(
        ActivationMatching(when=when, statistic=statistic)
        for when in ("after", "before")
        for statistic in ("inner", "centred", "pearson")
    ),
    *(StraightThrough(every=every) for every in (1, 10, 100, None)),
    OTFusionWeights(),
    OTFusionWeights(squared=True),
    OTFusionWeights(normalise=True),
    OTFusionWeights(solver="sinkhorn"),
    *LADDER_METHODS,
    OTFusionActivations(normalise=True),
    ForwardBipartite(),
    NeuronAlignment(),
    PFNM(gamma=1e-30),
    FedMA(epochs=0),
    FrankWolfe(),
    ZipIt(),
    CCAMerge(),
    Parent(),
)


def claims_grid() -> Grid:
    """The grid, its parts in the order in which they are cheap."""
    blocks: tuple[AnyBlock, ...] = (
        ExampleBlock(),
        *_digits_blocks(),
        *_course_of_training(),
        *_over_recipes(),
        *_matchers(),
        *_over_widths(),
        *_split_data(),
        *_five_networks(),
        *_convolutional(),
        *_retraining(),
        _published(),
    )
    purpose = "What reports/judging/catalogue.py judges; 85 minutes on two cores."
    return Grid("claims", purpose, blocks)


_mnist_block = partial(
    Block, dataset="mnist", recipe=recipe("mnist-short"), pairs=FIVE_PAIRS, finishes=NONE, points=9
)


def _matchers() -> tuple[AnyBlock, ...]:
    """Every matcher on one perceptron, and how far the activation-based ones agree."""
    block = _mnist_block(network=WIDE, methods=with_plugins(*MATCHERS))
    pearson = ActivationMatching(statistic="pearson")
    unsquared = OTFusionActivations(samples=None, when="after")
    least_squares = (*LADDER_METHODS, unsquared, pearson)
    return (
        block,
        AgreementBlock(replace(block, methods=least_squares), ActivationMatching()),
        AgreementBlock(replace(block, methods=(pearson,)), NeuronAlignment(samples=None)),
    )


def _retraining() -> tuple[AnyBlock, ...]:
    """Thirty epochs after the merge, and as long for its parents and from scratch."""
    merged = (*IDENTITY_AND_WEIGHTS, ActivationMatching(), OTFusionWeights(), Parent())
    block = _mnist_block(network=SMALL_MLP, methods=merged, finishes=(Retrain(epochs=30),))
    scratch = replace(block, methods=(Identity(),), finishes=(FromScratch(epochs=30),))
    return (block, scratch)


published = partial(
    Block,
    "mnist",
    MLP((512, 512, 512)),
    # At a constant rate Adam's loss has spikes until it is nearly zero: after 20 epochs two of six
    # networks were below 98 % on the test images, after 50 none.
    replace(recipe("git-rebasin-mnist-mlp"), epochs=50),
    points=9,
)
"""Git Re-Basin's own perceptron and recipe, which trains for 100 epochs; the grid `mnist` is it."""


def _published() -> AnyBlock:
    methods = (*IDENTITY_AND_WEIGHTS, ActivationMatching(), StraightThrough(), OTFusionWeights())
    return published(pairs=FIVE_PAIRS, methods=methods, finishes=(Nothing(), Retrain()))


def _course_of_training() -> tuple[AnyBlock, ...]:
    """Networks in the course of training: merged, merged by their last maps, and to their start."""
    constant = recipe("git-rebasin-mnist-mlp")
    at = {n: replace(constant, epochs=n) for n in (0, 1, 2, 3, 5, 8)}
    block = partial(
        _mnist_block,
        network=SMALL_MLP,
        methods=(*IDENTITY_AND_WEIGHTS, OTFusionWeights()),
        points=5,
    )
    last = block(recipe=at[8])
    alone = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4))
    return (
        *(block(recipe=each) for each in at.values()),
        *(
            TransferBlock(
                replace(last, recipe=at[n], methods=IDENTITY_AND_WEIGHTS[1:]),
                last,
                "the last epoch",
            )
            for n in (0, 1, 2, 3, 5)
        ),
        block(recipe=(at[8], at[0]), pairs=alone, methods=(Identity(),), points=25),
    )


def _over_recipes() -> tuple[AnyBlock, ...]:
    """Optimiser, learning rate and weight decay."""
    optimisers = (
        *(Adam(lr, decay) for lr in (1e-3, 1e-2) for decay in (0, 5e-4)),
        *(SGD(lr, weight_decay=decay) for lr in (1e-2, 1e-1) for decay in (0, 5e-4)),
    )
    constant = replace(recipe("git-rebasin-mnist-mlp"), epochs=3)
    return tuple(
        _mnist_block(
            network=SMALL_MLP,
            recipe=replace(constant, optimiser=o),
            methods=IDENTITY_AND_WEIGHTS,
            points=5,
        )
        for o in optimisers
    )


def _over_widths() -> tuple[AnyBlock, ...]:
    methods = (*IDENTITY_AND_WEIGHTS, OTFusionWeights())
    return tuple(
        _mnist_block(network=MLP((width,) * 3), methods=methods, points=5)
        for width in (32, 64, 128, 256, 512)
    )


def _split_data() -> tuple[AnyBlock, ...]:
    """Networks that saw different images, and what a single one makes of a few parameters."""
    merged = (*IDENTITY_AND_WEIGHTS, ActivationMatching(), OTFusionWeights(), OTFusionActivations())
    blocks = []
    for dataset in ("fashion-mnist", "cifar10-jpeg"):
        both = partial(_mnist_block, dataset=dataset, network=WIDE, split=Biased())
        parents = (Parent(0), Parent(1))
        finishes = (Nothing(), BiasCorrection(), TemperatureScaling())
        blocks += [both(methods=merged), both(methods=parents, finishes=finishes)]
    special = _mnist_block(
        network=MLP((400, 200, 100), bias=False),
        methods=(*merged, Parent(0), Parent(1)),
        split=SpecialDigit(),
        points=11,
    )
    return (*blocks, special)


def _five_networks() -> tuple[AnyBlock, ...]:
    """Five networks at once, and whether two that were aligned to a third fit each other."""
    five = _mnist_block(
        network=WIDE, pairs=GROUPS_OF_FIVE, methods=(Identity(), MergeMany(), OTFusionWeights())
    )
    alone = _mnist_block(
        network=WIDE, methods=(Parent(),), finishes=(Nothing(), TemperatureScaling())
    )
    # The pairs are the others' as well; the third network is one that none of them has.
    pairs = _mnist_block(network=WIDE, methods=IDENTITY_AND_WEIGHTS[1:])
    together = replace(pairs, pairs=tuple((10 + i, *pair) for i, pair in enumerate(FIVE_PAIRS)))
    return (five, alone, TransferBlock(pairs, together, "a third network"), _six())


def _six() -> AnyBlock:
    """How long six networks of OTFusion's size take, to which neither images nor training matter.

    So the images are small, and the networks as they start.
    """
    untrained = replace(recipe("digits-short"), epochs=0)
    network = VGG(11, 64, bias=False)
    return Block("digits", network, untrained, SIXES, (OTFusionWeights(),), NONE, points=3)


def _digits_blocks() -> tuple[AnyBlock, ...]:
    """Widths to 2048 and residual networks, which only small images allow on two cores."""
    digits = partial(
        Block, "digits", recipe=recipe("digits-short"), pairs=FIVE_PAIRS, finishes=NONE, points=5
    )
    wide = tuple(2**n for n in range(5, 12))
    norms: tuple[Norm, ...] = ("none", "batch", "layer")
    methods = with_plugins(*IDENTITY_AND_WEIGHTS, BestOf(), ActivationMatching(), OTFusionWeights())
    treated = (Nothing(), ResetNorm(), Repair())
    return (
        *(
            digits(network=MLP((w, w)), methods=(*IDENTITY_AND_WEIGHTS, OTFusionWeights()))
            for w in wide
        ),
        *(
            digits(network=VGG(8, w, norm="layer"), methods=IDENTITY_AND_WEIGHTS)
            for w in (4, 8, 16, 32)
        ),
        *(
            digits(network=ResNet20(w, norm="layer"), methods=IDENTITY_AND_WEIGHTS)
            for w in (0.25, 0.5, 1, 2)
        ),
        *(digits(network=VGG(8, 8, norm=n), methods=methods, finishes=treated) for n in norms),
        *(
            digits(network=ResNet20(0.5, norm=n), methods=methods, finishes=treated)
            for n in norms[1:]
        ),
    )


def _convolutional() -> tuple[AnyBlock, ...]:
    """A VGG on images of clothes: plain, and with either norm."""
    few = ActivationMatching(samples=2000)
    methods = with_plugins(
        *IDENTITY_AND_WEIGHTS, few, OTFusionWeights(), OTFusionWeights(normalise=True)
    )
    fashion = partial(
        Block, "fashion-mnist", recipe=recipe("fashion-short"), pairs=FIVE_PAIRS, points=3
    )
    treated: tuple[tuple[Norm, tuple[Finish, ...]], ...] = (
        ("none", NONE),
        ("batch", (*NONE, ResetNorm())),
        ("layer", NONE),
    )
    squared = (OTFusionWeights(squared=True), OTFusionWeights(squared=True, normalise=True))
    return (
        *(
            fashion(network=VGG(11, 8, norm=norm), methods=methods, finishes=finishes)
            for norm, finishes in treated
        ),
        fashion(network=VGG(11, 8), methods=squared, finishes=NONE),
    )
