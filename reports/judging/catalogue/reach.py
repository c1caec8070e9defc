"""Git Re-Basin and its press on how far it reaches: architectures, and more than two networks."""

from dataclasses import replace

from ...data.quantities import barrier, climb_share
from ..claim import Claim, Prediction, Quote, at_most
from ..statistics import Difference, Greatest
from .controls import ON_THE_PERCEPTRON, beats_linear, keeps_half, under
from .selections import (
    AM,
    FASHION_VGG,
    FEW_IMAGES,
    FULL,
    PAPER,
    PLAIN_VGG,
    PRESS,
    RESET,
    RESNET_BATCH,
    RESNET_LAYER,
    SMALL,
    THREAD,
    TO_A_THIRD,
    TO_THE_START,
    VGG_BATCH,
    VGG_LAYER,
    WM,
    plain,
    with_method,
    zero,
)

_EVERYWHERE = (
    ("perceptron, MNIST", FULL, WM, None),
    ("plain VGG8, digits", PLAIN_VGG, AM, None),
    ("VGG8 with layer norm, digits", VGG_LAYER, AM, None),
    ("VGG8 with batch norm, digits, statistics reset", VGG_BATCH, AM, RESET),
    ("ResNet20 with layer norm, digits", RESNET_LAYER, AM, None),
    ("ResNet20 with batch norm, digits, statistics reset", RESNET_BATCH, AM, RESET),
    ("VGG8 with layer norm, Fashion-MNIST", FASHION_VGG, FEW_IMAGES, None),
)
"""Architectures in words, their cells, the best method known there, and the finish they need."""


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G21",
        f"{PAPER}, figure 2; {THREAD}",
        "It applies to any architecture, and improves on plain averaging in all cases.",
        tuple(
            Prediction(
                f"{words}: barrier of weight matching minus that of plain averages",
                Difference(
                    barrier,
                    with_method(cells, WM, finish),
                    replace(plain(cells), finish=finish or cells.finish),
                ),
                at_most(0, "nats"),
                (
                    beats_linear(cells),
                    keeps_half(replace(cells, finish=finish or cells.finish), best),
                ),
            )
            for words, cells, best, finish in _EVERYWHERE
        ),
        "The announcement says “provided sufficient width”, appendix A.1 lists where it fails: "
        "thin networks, VGGs on MNIST, ConvNeXts. That there is no barrier left is nowhere said.",
        Quote(
            "In all cases we can significantly improve over naïve interpolation.",
            "figure 2; the announcement: “Git Re-Basin applies to any NN arch”",
        ),
        "each",
    ),
    Claim(
        "G22",
        f"{PAPER}, section 5.1",
        "On ImageNet the barrier falls by two thirds.",
        note="No grid of ours has ImageNet.",
        quote=Quote(
            "On ImageNet we fall short of zero-barrier connections, although we do see a 67% "
            "decrease in barrier relative to naïve interpolation.",
            "section 5.1",
        ),
    ),
    Claim(
        "G23",
        f"{PAPER}, appendix A.2",
        "The networks lie in one basin: two that were each aligned to a third fit each other.",
        under(
            ON_THE_PERCEPTRON,
            zero(
                "two networks, both aligned to a third",
                with_method(FULL, TO_A_THIRD),
            ),
        ),
        quote=Quote(
            "we provide concrete evidence for a single-basin theory by developing algorithms that "
            "directly place independent solutions into the same basin",
            "appendix A.2",
        ),
    ),
    Claim(
        "G24",
        f"{PAPER}, section 1; {PRESS}",
        "From a network's initialisation to its end the training loss falls all along the straight "
        "line.",
        (
            Prediction(
                "greatest rise between neighbours of 25 points, in per cent of the whole fall",
                Greatest(climb_share, plain(replace(SMALL, recipe=TO_THE_START))),
                at_most(1, "per cent"),
            ),
        ),
        "The paper asks why; that it is so is of earlier work.",
        Quote(
            "When linearly interpolating between initialization and final trained weights, why "
            "does the loss smoothly and monotonically decrease",
            "section 1",
        ),
    ),
)
