"""The grid behind `reports/judging/catalogue/` at the scale of two CPU cores, block by block.

What the paper says of a perceptron is judged on its own, which is the grid `mnist`.
"""

from dataclasses import replace
from functools import partial

from ...datasets.splits import Biased, DisjointClasses, SpecialDigit
from ...methods.activation_matching import ActivationMatching
from ...methods.base import Method
from ...methods.baselines import Identity, Parent
from ...methods.best_of import BestOf
from ...methods.cca_merge import CCAMerge
from ...methods.frank_wolfe import FrankWolfe
from ...methods.merge_many import MergeMany
from ...methods.otfusion import OTFusionActivations, OTFusionWeights
from ...methods.weight_matching import WeightMatching
from ...methods.zipit import ZipIt
from ..finishes import (
    BiasCorrection,
    Finish,
    Nothing,
    Repair,
    Rescale,
    ResetNorm,
    Retrain,
    TemperatureScaling,
)
from ..networks import MLP, VGG, Architecture, ResNet20
from ..training.optimisers import SGD, Adam
from ..training.recipes import recipe
from .blocks import AnyBlock, Block, ExampleBlock, Grid, TransferBlock, with_plugins
from .designs import Seeds, all_pairs, crossed, cyclic

SIXES: tuple[Seeds, ...] = tuple(tuple(range(6 * i, 6 * i + 6)) for i in range(5))
NONE: tuple[Finish, ...] = (Nothing(),)
FITTED: tuple[Finish, ...] = (TemperatureScaling(),)

WIDE = MLP((256, 256, 256))
SMALL_MLP = MLP((128, 128, 128))
IDENTITY_AND_WEIGHTS = (Identity(), WeightMatching())
MATCHERS: tuple[Method, ...] = (*IDENTITY_AND_WEIGHTS, BestOf(), ActivationMatching())
WITH_FUSION: tuple[Method, ...] = (*MATCHERS, OTFusionWeights())
FUSIONS: tuple[Method, ...] = tuple(
    OTFusionWeights(squared=squared, normalise=normalise)
    for squared in (False, True)
    for normalise in (False, True)
)
"""OTFusion on weights, however configured."""


def claims_grid() -> Grid:
    """The grid: five networks of each kind, and in further looks ten and twenty."""
    once: tuple[AnyBlock, ...] = (ExampleBlock(), *_linear_models(), _six())
    purpose = (
        "What reports/judging/catalogue/ judges beside the grid mnist; two hours and forty minutes "
        "on two cores."
    )
    return Grid("claims", purpose, (*once, *_looked_at(5)), (_looked_at(10), _looked_at(20)))


def _looked_at(networks: int) -> tuple[AnyBlock, ...]:
    """What more networks tell more of, the cheap first."""
    pairs = all_pairs(networks)
    blocks = (
        *_digits_perceptrons(),
        *_digits_convolutional(),
        *_over_recipes(),
        *_over_widths(),
        *_retraining(),
        *_fashion(),
    )
    return (
        *(replace(block, pairs=pairs) for block in blocks),
        *_several(networks),
        *_course_of_training(pairs),
        *_split_data(networks),
    )


_mnist_block = partial(
    Block,
    dataset="mnist",
    recipe=recipe("mnist-short"),
    pairs=(),
    finishes=NONE,
    points=5,
)
"""Of pairs that are still to be named, as the next one."""

_digits_block = partial(_mnist_block, dataset="digits", recipe=recipe("digits-short"))


def _linear_models() -> tuple[AnyBlock, ...]:
    """What a network without hidden layers achieves: what every network's accuracy is held to."""
    alone = partial(_mnist_block, network=MLP(()), pairs=((0, 1),), methods=(Parent(),), points=3)
    recipes = {
        "mnist": "mnist-short",
        "fashion-mnist": "mnist-short",
        "cifar10-jpeg": "mnist-short",
        "digits": "digits-short",
    }
    return tuple(alone(dataset=name, recipe=recipe(own)) for name, own in recipes.items())


def _digits_perceptrons() -> tuple[Block, ...]:
    """Widths to 2048, which only small images allow on two cores, and what a temperature does.

    Once as others train, and once with the decay without which a width is said to do little.
    """
    decayed = replace(recipe("digits-short"), epochs=20, optimiser=Adam(1e-2, 3e-3))
    blocks: list[Block] = []
    for width in (2**n for n in range(5, 12)):
        network = MLP((width, width))
        ladder = _digits_block(network=network, methods=with_plugins(*WITH_FUSION))
        fitted = replace(ladder, methods=IDENTITY_AND_WEIGHTS, finishes=FITTED)
        blocks += [ladder, fitted]
        if width in (32, 128, 512, 2048):
            blocks.append(replace(fitted, recipe=decayed, finishes=(*NONE, *FITTED)))
    return tuple(blocks)


def _digits_convolutional() -> tuple[Block, ...]:
    """Ladders of widths with layer norm; and with every norm, mended as each can be."""
    more: tuple[Method, ...] = (
        WeightMatching(sweeps=1),
        WeightMatching(start="greedy"),
        CCAMerge(),
        ZipIt(),
    )
    mended = (*NONE, Repair())
    vgg, resnet = partial(VGG, 8, 32), partial(ResNet20, 2)
    of_each: tuple[tuple[Architecture, tuple[Method, ...], tuple[Finish, ...]], ...] = (
        (vgg(), WITH_FUSION, (*mended, Rescale())),
        (vgg(), more, NONE),
        (vgg(norm="layer"), WITH_FUSION, mended),
        (vgg(norm="layer"), more, NONE),
        (vgg(norm="batch"), WITH_FUSION, (*NONE, ResetNorm())),
        (vgg(bias=False), (*MATCHERS, *FUSIONS), NONE),
        (resnet(norm="layer"), WITH_FUSION, mended),
        (resnet(norm="layer"), more, NONE),
        (resnet(norm="batch"), WITH_FUSION, (*NONE, ResetNorm())),
    )
    return (
        *(
            _digits_block(network=VGG(8, width, norm="layer"), methods=with_plugins(*MATCHERS))
            for width in (4, 8, 16, 32, 64)
        ),
        *(
            _digits_block(network=ResNet20(width, norm="layer"), methods=with_plugins(*MATCHERS))
            for width in (0.25, 0.5, 1, 2)
        ),
        *(
            _digits_block(network=n, methods=with_plugins(*m), finishes=finishes)
            for n, m, finishes in of_each
        ),
    )


def _several(networks: int) -> tuple[AnyBlock, ...]:
    """Three networks at once: one by one to the first, or all together."""
    # Of seven networks it is the plane of seven points: each pair stands in one triple.
    triples = cyclic(max(networks, 7), 0, 1, 3)
    methods = with_plugins(
        *IDENTITY_AND_WEIGHTS, ActivationMatching(), MergeMany(), FrankWolfe(), CCAMerge()
    )
    wide = (*(MLP((width, width)) for width in (32, 128, 512)), VGG(8, 32, norm="layer"))
    return tuple(_digits_block(network=each, pairs=triples, methods=methods) for each in wide)


def _six() -> AnyBlock:
    """How long six networks of OTFusion's size take, to which neither images nor training matter.

    So the images are small, and the networks as they start.
    """
    untrained = replace(recipe("digits-short"), epochs=0)
    network = VGG(11, 64, bias=False)
    return Block("digits", network, untrained, SIXES, (OTFusionWeights(),), NONE, points=3)


def _course_of_training(pairs: tuple[Seeds, ...]) -> tuple[AnyBlock, ...]:
    """Networks in the course of training: merged, merged by their last maps, and to their start."""
    constant = recipe("git-rebasin-mnist-mlp")
    at = {n: replace(constant, epochs=n) for n in (0, 1, 2, 3, 5, 8)}
    block = partial(
        _mnist_block,
        network=SMALL_MLP,
        pairs=pairs,
        methods=(*IDENTITY_AND_WEIGHTS, OTFusionWeights()),
    )
    last = block(recipe=at[8])
    alone = tuple((seed, seed) for seed in sorted({seed for pair in pairs for seed in pair}))
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


def _over_recipes() -> tuple[Block, ...]:
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
        )
        for o in optimisers
    )


def _over_widths() -> tuple[Block, ...]:
    blocks: list[Block] = []
    for width in (32, 64, 128, 256, 512):
        ladder = _mnist_block(network=MLP((width,) * 3), methods=with_plugins(*WITH_FUSION))
        fitted = replace(ladder, methods=(Identity(), Parent()), finishes=FITTED)
        blocks += [ladder, fitted]
    return tuple(blocks)


def _split_data(networks: int) -> tuple[AnyBlock, ...]:
    """Networks that saw different images, and what a single one makes of a few parameters."""
    half = max(4, networks // 2)
    parts = crossed(range(half), range(half, 2 * half))
    parents = (Parent(0), Parent(1))
    merged = (
        *IDENTITY_AND_WEIGHTS,
        ActivationMatching(),
        OTFusionWeights(),
        OTFusionActivations(),
    )
    mixtures = (ZipIt(), CCAMerge())
    block = partial(_mnist_block, pairs=parts, points=11)
    biased = partial(block, network=WIDE, split=Biased())
    special = partial(block, network=MLP((400, 200, 100), bias=False))
    return (
        biased(dataset="fashion-mnist", methods=with_plugins(*merged, *mixtures)),
        biased(dataset="cifar10-jpeg", methods=with_plugins(*merged)),
        *(
            biased(
                dataset=name,
                methods=parents,
                finishes=(Nothing(), BiasCorrection(), TemperatureScaling()),
                points=3,
            )
            for name in ("fashion-mnist", "cifar10-jpeg")
        ),
        block(
            dataset="fashion-mnist",
            network=WIDE,
            split=DisjointClasses(),
            methods=(*IDENTITY_AND_WEIGHTS, ActivationMatching(), *mixtures, *parents),
        ),
        *(
            special(split=SpecialDigit(digit=digit), methods=(*merged, *parents))
            for digit in (4, 9)
        ),
    )


def _retraining() -> tuple[Block, ...]:
    """Thirty epochs after the merge, and as long for a parent."""
    methods = (*IDENTITY_AND_WEIGHTS, Parent())
    retrained = (Retrain(epochs=30),)
    return (_mnist_block(network=SMALL_MLP, methods=methods, finishes=retrained, points=3),)


def _fashion() -> tuple[Block, ...]:
    """A VGG on images of clothes, as wide as time allows."""
    few = ActivationMatching(samples=2000)
    methods = with_plugins(*IDENTITY_AND_WEIGHTS, BestOf(), few, *FUSIONS)
    return (
        Block(
            "fashion-mnist",
            VGG(8, 32, norm="layer"),
            recipe("fashion-short"),
            (),
            methods,
            NONE,
            points=3,
        ),
    )
