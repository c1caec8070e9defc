"""Git Re-Basin and its press on the basin: where merges succeed, and what decides it."""

from dataclasses import replace

from ..data.families import PLAIN
from ..data.named import Named
from ..data.quantities import barrier, climb, epochs, stat, width
from .claim import Claim, Prediction, at_least, at_most, exactly, within
from .selections import (
    COURSE,
    DIGITS,
    FASHION,
    GPU,
    LATER,
    MNIST,
    PAPER,
    PRESS,
    RESET,
    SMALL,
    TO_THE_START,
    TRAINED,
    WM,
    ZERO,
    constant_rate,
    perceptron,
    resnet20,
    vgg,
    zero,
)
from .statistics import Cells, Difference, Greatest, Least, Mean, Trend, any_of

_WIDTHS = {
    "perceptron of three layers, MNIST, 32 to 512": replace(
        MNIST, network=any_of(*(perceptron(w, w, w) for w in (32, 64, 128, 256, 512))), method=WM
    ),
    "perceptron of two layers, digits, 32 to 2048": replace(
        DIGITS, network=any_of(*(perceptron(2**n, 2**n) for n in range(5, 12))), method=WM
    ),
    "VGG with layer norm, digits, 4 to 32": replace(
        DIGITS, network=any_of(*(vgg(8, w, norm="layer") for w in (4, 8, 16, 32))), method=WM
    ),
    "ResNet20 with layer norm, digits, 0.25 to 2": replace(
        DIGITS, network=any_of(*(resnet20(w, "layer") for w in (0.25, 0.5, 1, 2))), method=WM
    ),
}

_PUBLISHED = constant_rate(epochs=3)
"""Adam at 1e-3 without decay."""

# In words, and as a recipe states them: what differs from the defaults of the optimiser.
_OPTIMISERS: tuple[tuple[str, dict[str, object]], ...] = (
    ("Adam at 0.001, decay 0.0005", {"kind": "adam", "weight_decay": 0.0005}),
    ("Adam at 0.01", {"kind": "adam", "lr": 0.01}),
    ("Adam at 0.01, decay 0.0005", {"kind": "adam", "lr": 0.01, "weight_decay": 0.0005}),
    ("SGD at 0.01", {"kind": "sgd", "lr": 0.01}),
    ("SGD at 0.01, decay 0.0005", {"kind": "sgd", "lr": 0.01, "weight_decay": 0.0005}),
    ("SGD at 0.1", {"kind": "sgd"}),
    ("SGD at 0.1, decay 0.0005", {"kind": "sgd", "weight_decay": 0.0005}),
)

_AT_THE_START = (
    "At initialisation every network answers at chance, and there is nothing to rise above: the "
    f"barrier is zero whatever the map, so epoch 0 is left out. {LATER} it was in."
)


def _swept(recipe: Named) -> Cells:
    return replace(SMALL, recipe=recipe, method=WM)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G6",
        PAPER,
        "Independently trained ResNets on CIFAR-10 have no barrier once they are wide.",
        (
            zero(
                "ResNet20, 16 times as wide",
                replace(
                    GPU, dataset=any_of("cifar10", "cifar10-jpeg"), network=resnet20(16, "layer")
                ),
            ),
        ),
        "Needs the grid `paper`, which takes a GPU.",
    ),
    Claim(
        "G7",
        f"{PAPER}, first version's abstract",
        "So do ResNets on CIFAR-100.",
        (
            zero(
                "ResNet20, 16 times as wide",
                replace(GPU, dataset="cifar100", network=resnet20(16, "layer")),
            ),
        ),
        "Needs the grid `paper`, which takes a GPU.",
    ),
    Claim(
        "G8",
        f"{PAPER}, figure 4; {PRESS}",
        "The wider the networks, the lower the barrier.",
        tuple(
            Prediction(
                f"{what}: rank correlation of barrier and width",
                Trend(barrier, width, cells),
                at_most(-0.8),
            )
            for what, cells in _WIDTHS.items()
        ),
        "Digits are small images, and six epochs of training are few.",
    ),
    Claim(
        "G9",
        PRESS,
        "A VGG is harder to merge than a ResNet.",
        (
            Prediction(
                "digits, with layer norm: barrier of VGG8 minus that of ResNet20",
                Difference(
                    barrier,
                    replace(DIGITS, network=vgg(8, 8, norm="layer"), method=WM),
                    replace(DIGITS, network=resnet20(0.5, "layer"), method=WM),
                ),
                at_least(0, "nats"),
            ),
        ),
        "The two are small and differ in accuracy; the published comparison is of VGG16 on "
        "CIFAR-10.",
    ),
    Claim(
        "G10",
        f"{PAPER}, section 5.2; {PRESS}",
        "Networks can be merged only after some training, not at their initialisation.",
        (
            Prediction(
                "rank correlation of barrier and epoch, from the first to the eighth",
                Trend(
                    barrier,
                    epochs,
                    replace(SMALL, recipe=TRAINED, method=WM),
                ),
                at_most(-0.5),
            ),
        ),
        f"{_AT_THE_START} That the line is straight only after training is measured; that it is "
        "impossible before cannot be, by the barrier.",
    ),
    Claim(
        "G10b",
        "Benzing et al. 2022",
        "The maps found after training bring the networks together at every epoch, from the first "
        "on.",
        tuple(
            Prediction(
                f"barrier at epoch {n} under the maps of epoch 8",
                Mean(
                    barrier,
                    replace(
                        SMALL,
                        recipe=COURSE[n],
                        method=Named(WM.name, maps_from="the last epoch"),
                    ),
                ),
                ZERO,
            )
            for n in (1, 2, 3, 5)
        ),
        f"{_AT_THE_START} So any map brings the networks together there.",
        rule="each",
    ),
    Claim(
        "G11",
        f"{PAPER}, appendix A.6",
        "There are networks without error that no permutation connects.",
        (
            Prediction(
                "greatest error of the ends",
                Greatest(stat("ends"), Cells(dataset="example", network=Named("git-rebasin-a.6"))),
                exactly(0),
            ),
            Prediction(
                "error in the middle under the best of all permutations",
                Least(stat("least"), Cells(dataset="example", network=Named("git-rebasin-a.6"))),
                at_least(0.2),
            ),
        ),
    ),
    Claim(
        "G12",
        PAPER,
        "It is the training that makes networks mergeable: so the optimiser, its rate and its "
        "decay should not matter much.",
        tuple(
            Prediction(
                f"{words}: barrier minus that of Adam at 0.001",
                Difference(
                    barrier,
                    _swept(constant_rate(optimiser=optimiser, epochs=3)),
                    _swept(_PUBLISHED),
                ),
                within(0.02, "nats"),
            )
            for words, optimiser in _OPTIMISERS
        ),
        "Three epochs at a constant rate, after which the networks differ in accuracy as well. "
        f"{LATER} it asked for a barrier of zero under each, which is another question.",
        rule="each",
    ),
    Claim(
        "G21",
        PRESS,
        "It works for any architecture.",
        (
            zero(
                "ResNet20 with layer norm, digits",
                replace(DIGITS, network=resnet20(0.5, "layer"), method=WM),
            ),
            zero(
                "ResNet20 with batch norm, digits, as merged",
                replace(DIGITS, network=resnet20(0.5, "batch"), method=WM),
            ),
            zero(
                "ResNet20 with batch norm, digits, statistics reset",
                replace(DIGITS, network=resnet20(0.5, "batch"), method=WM, finish=RESET),
            ),
            zero("plain VGG8, digits", replace(DIGITS, network=vgg(8, 8), method=WM)),
            zero("plain VGG11, Fashion-MNIST", replace(FASHION, network=vgg(11, 8), method=WM)),
            zero(
                "VGG11 with layer norm, Fashion-MNIST",
                replace(FASHION, network=vgg(11, 8, norm="layer"), method=WM),
            ),
            zero(
                "VGG11 with batch norm, Fashion-MNIST, statistics reset",
                replace(FASHION, network=vgg(11, 8, norm="batch"), method=WM, finish=RESET),
            ),
        ),
        rule="each",
    ),
    Claim(
        "G22",
        PAPER,
        "On ImageNet the barrier falls by two thirds.",
        note="No grid of ours has ImageNet.",
    ),
    Claim(
        "G23",
        PAPER,
        "The networks lie in one basin: two that were each aligned to a third fit each other.",
        (
            zero(
                "second and third network, both aligned to the first",
                replace(MNIST, method=Named(WM.name, maps_from="a third network")),
            ),
        ),
    ),
    Claim(
        "G24",
        PRESS,
        "From a network's initialisation to its end the training loss falls all along the straight "
        "line.",
        (
            Prediction(
                "greatest rise between neighbours of 25 points",
                Greatest(
                    climb,
                    replace(SMALL, recipe=TO_THE_START, method=PLAIN),
                ),
                at_most(0, "nats"),
            ),
        ),
    ),
)
