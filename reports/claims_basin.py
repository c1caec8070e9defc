"""Git Re-Basin and its press on the basin: where merges succeed, and what decides it."""

from dataclasses import replace

from .claim import Claim, Prediction, at_least, at_most, exactly, within
from .claim_cells import (
    COURSE,
    DIGITS,
    FASHION,
    GPU,
    LATER,
    MNIST,
    PAPER,
    PRESS,
    SMALL,
    WM,
    ZERO,
    zero,
)
from .evidence import Cells, Difference, Greatest, Least, Mean, Trend
from .quantities import barrier, climb, epochs, stat, width

_WIDTHS = {
    "perceptron of three layers, MNIST, 32 to 512": replace(
        MNIST, network=tuple(f"mlp-{w}x3" for w in (32, 64, 128, 256, 512)), method=WM
    ),
    "perceptron of two layers, digits, 32 to 2048": replace(
        DIGITS, network=tuple(f"mlp-{2**n}x2" for n in range(5, 12)), method=WM
    ),
    "VGG with layer norm, digits, 4 to 32": replace(
        DIGITS, network=tuple(f"vgg8-w{w}-ln" for w in (4, 8, 16, 32)), method=WM
    ),
    "ResNet20 with layer norm, digits, 0.25 to 2": replace(
        DIGITS, network=tuple(f"resnet20-w{w}-ln" for w in ("0.25", "0.5", "1", "2")), method=WM
    ),
}

_SWEPT = (
    "epochs=3",  # Adam at 1e-3, the published one
    *(
        f"optimiser={o}, epochs=3"
        for o in (
            "Adam(lr=0.001, weight_decay=0.0005)",
            "Adam(lr=0.01, weight_decay=0)",
            "Adam(lr=0.01, weight_decay=0.0005)",
            *(
                f"SGD(lr={lr}, momentum=0.9, weight_decay={decay}, nesterov=False)"
                for lr in ("0.01", "0.1")
                for decay in ("0", "0.0005")
            ),
        )
    ),
)

_AT_THE_START = (
    "At initialisation every network answers at chance, and there is nothing to rise above: the "
    f"barrier is zero whatever the map, so epoch 0 is left out. {LATER} it was in."
)


def _swept(changes: str) -> Cells:
    return replace(SMALL, recipe=f"git-rebasin-mnist-mlp({changes})", method=WM)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G6",
        PAPER,
        "Independently trained ResNets on CIFAR-10 have no barrier once they are wide.",
        (
            zero(
                "ResNet20, 16 times as wide",
                replace(GPU, dataset=("cifar10", "cifar10-jpeg"), network="resnet20-w16-ln"),
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
                replace(GPU, dataset="cifar100", network="resnet20-w16-ln"),
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
                    replace(DIGITS, network="vgg8-w8-ln", method=WM),
                    replace(DIGITS, network="resnet20-w0.5-ln", method=WM),
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
                Trend(barrier, epochs, replace(SMALL, recipe=COURSE[1:], method=WM)),
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
                        recipe=f"git-rebasin-mnist-mlp(epochs={n})",
                        method=f"{WM}(by=the last epoch)",
                    ),
                ),
                ZERO,
            )
            for n in (1, 2, 3, 5)
        ),
        f"{_AT_THE_START} So any map brings the networks together there.",
        universal=True,
    ),
    Claim(
        "G11",
        f"{PAPER}, appendix A.6",
        "There are networks without error that no permutation connects.",
        (
            Prediction(
                "greatest error of the ends",
                Greatest(stat("ends"), Cells(dataset="example", network="git-rebasin-a.6")),
                exactly(0),
            ),
            Prediction(
                "error in the middle under the best of all permutations",
                Least(stat("least"), Cells(dataset="example", network="git-rebasin-a.6")),
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
                f"{changes.partition('optimiser=')[2].rpartition(',')[0]}: barrier minus that of "
                "Adam(lr=0.001)",
                Difference(barrier, _swept(changes), _swept(_SWEPT[0])),
                within(0.02, "nats"),
            )
            for changes in _SWEPT[1:]
        ),
        "Three epochs at a constant rate, after which the networks differ in accuracy as well. "
        f"{LATER} it asked for a barrier of zero under each, which is another question.",
        universal=True,
    ),
    Claim(
        "G21",
        PRESS,
        "It works for any architecture.",
        (
            zero(
                "ResNet20 with layer norm, digits",
                replace(DIGITS, network="resnet20-w0.5-ln", method=WM),
            ),
            zero(
                "ResNet20 with batch norm, digits, as merged",
                replace(DIGITS, network="resnet20-w0.5-bn", method=WM),
            ),
            zero(
                "ResNet20 with batch norm, digits, statistics reset",
                replace(DIGITS, network="resnet20-w0.5-bn", method=WM, finish="reset"),
            ),
            zero("plain VGG8, digits", replace(DIGITS, network="vgg8-w8", method=WM)),
            zero("plain VGG11, Fashion-MNIST", replace(FASHION, network="vgg11-w8", method=WM)),
            zero(
                "VGG11 with layer norm, Fashion-MNIST",
                replace(FASHION, network="vgg11-w8-ln", method=WM),
            ),
            zero(
                "VGG11 with batch norm, Fashion-MNIST, statistics reset",
                replace(FASHION, network="vgg11-w8-bn", method=WM, finish="reset"),
            ),
        ),
        universal=True,
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
                replace(MNIST, method=f"{WM}(by=a third network)"),
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
                    replace(SMALL, recipe=f"{COURSE[-1]}+{COURSE[0]}", method="identity"),
                ),
                at_most(0, "nats"),
            ),
        ),
    ),
)
