"""Git Re-Basin and its press on how far it reaches: architectures, and more than two networks."""

from dataclasses import replace

from ...data.quantities import barrier, climb_share
from ..claim import Claim, Prediction, Quote, at_most
from ..statistics import Difference, Greatest
from .controls import ON_THE_PERCEPTRON, barrier_without, beats_linear, under
from .selections import (
    FULL,
    PAPER,
    PRESS,
    SMALL,
    THREAD,
    TO_A_THIRD,
    TO_THE_START,
    WM,
    plain,
    with_method,
    zero,
)
from .widest_networks import WIDEST_NETWORKS

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G21",
        f"{PAPER}, figure 2; {THREAD}",
        "It applies to any architecture, and improves on plain averaging in all cases.",
        tuple(
            Prediction(
                f"{words}: barrier of weight matching minus that of plain averages",
                Difference(barrier, with_method(cells, WM), plain(cells)),
                at_most(0, "nats"),
                (beats_linear(cells), barrier_without(cells)),
            )
            for words, cells in WIDEST_NETWORKS
        ),
        "The announcement says “provided sufficient width”: of every kind of network that a grid "
        "has on a data set the widest is asked, and no other. Appendix A.1 lists where it fails: "
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
