"""Git Re-Basin and its press on the basin: where merges succeed, and what decides it."""

from dataclasses import replace

from ...data.named import Named
from ...data.quantities import accuracy, barrier, column, epochs, stat, width
from ..claim import Claim, Control, Looks, Prediction, Quote, at_least, at_most, exactly, within
from ..statistics import Cells, Difference, Greatest, Least, Mean, any_of
from ..trends import RelativeTrend, Trend
from .controls import barrier_without, beats_linear, keeps_half, under
from .selections import (
    AM,
    COURSE,
    GPU,
    LADDERS,
    PAPER,
    RESNET_LAYER,
    SMALL,
    THREAD,
    TRAINED,
    VGG_LAYER,
    WIDEST,
    WM,
    above_best,
    constant_rate,
    plain,
    resnet20,
    with_method,
    zero,
)

_COUNTEREXAMPLE = Cells(dataset="example", network=Named("git-rebasin-a.6"))

# In words, and as a recipe states them: what differs from the defaults of the optimiser.
_FAILURES: tuple[tuple[str, dict[str, object]], ...] = (
    ("SGD at 0.01", {"kind": "sgd", "lr": 0.01}),
    ("SGD at 0.01, decay 0.0005", {"kind": "sgd", "lr": 0.01, "weight_decay": 0.0005}),
    ("Adam at 0.01", {"kind": "adam", "lr": 0.01}),
    ("Adam at 0.01, decay 0.0005", {"kind": "adam", "lr": 0.01, "weight_decay": 0.0005}),
)
_LATER_MAPS = Named(WM.name, maps_from="the last epoch")

_TRAINED = replace(SMALL, recipe=TRAINED)
_PUBLISHED_RATE = replace(SMALL, recipe=constant_rate(epochs=3), method=WM)
"""Adam at 1e-3 without decay."""

_MEAN_ACCURACY = column("test_accuracy_mean", 100)


def _swept(optimiser: dict[str, object]) -> Cells:
    return replace(SMALL, recipe=constant_rate(optimiser=optimiser, epochs=3), method=WM)


def _at(epoch: int) -> Cells:
    return replace(SMALL, recipe=COURSE[epoch])


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G6",
        f"{PAPER}, abstract and section 5.3",
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
        Quote(
            "the first (to our knowledge) demonstration of zero-barrier linear mode connectivity "
            "between independently trained ResNet models on CIFAR-10",
            "abstract",
        ),
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
        "Needs the grid `paper`, which takes a GPU. The final version has CIFAR-10 alone.",
        Quote(
            "zero-barrier linear mode connectivity between independently trained ResNet models on "
            "CIFAR-10 and CIFAR-100",
            "abstract of the first version",
        ),
    ),
    Claim(
        "G8",
        f"{PAPER}, section 5.3 and figure 4",
        "The wider the networks, the lower the barrier.",
        tuple(
            Prediction(
                f"{what}: rank correlation of barrier and width",
                Trend(barrier, width, with_method(cells, WM)),
                at_most(-0.8),
                (beats_linear(WIDEST[what]), keeps_half(WIDEST[what], WM)),
            )
            for what, cells in LADDERS.items()
        ),
        "Digits are small images, and six epochs of training are few.",
        Quote(
            "A clear relationship emerges between model width and linear mode connectivity, as "
            "measured by the loss barrier between solutions.",
            "section 5.3",
        ),
    ),
    Claim(
        "G9",
        THREAD,
        "A VGG is harder to merge than a ResNet.",
        tuple(
            Prediction(
                f"digits, with layer norm: barrier of VGG8 minus that of ResNet20 by {method}",
                Difference(
                    barrier, with_method(VGG_LAYER, method), with_method(RESNET_LAYER, method)
                ),
                at_least(0, "nats"),
                (
                    keeps_half(VGG_LAYER, AM),
                    keeps_half(RESNET_LAYER, AM),
                    Control(
                        "accuracy of the VGGs minus that of the ResNets",
                        Difference(_MEAN_ACCURACY, plain(VGG_LAYER), plain(RESNET_LAYER)),
                        within(2, "points"),
                    ),
                ),
            )
            for method in (WM, AM)
        ),
        "Of widths at which both can be merged; the published comparison is of VGG16 on CIFAR-10.",
        Quote(
            "Also, not all arch's are equally mergeable: VGGs seem to be harder than ResNets",
            "the announcement",
        ),
        looks=Looks((5, 10, 20)),
    ),
    Claim(
        "G10",
        f"{PAPER}, section 5.2",
        "Networks can be merged only after some training, not at their initialisation.",
        under(
            (barrier_without(_TRAINED),),
            Prediction(
                "rank correlation of barrier and epoch, from the first to the eighth",
                Trend(barrier, epochs, with_method(_TRAINED, WM)),
                at_most(-0.5),
            ),
            Prediction(
                "the same of the share that is left of the barrier of plain averages",
                RelativeTrend(barrier, epochs, with_method(_TRAINED, WM), plain(_TRAINED)),
                at_most(-0.5),
            ),
        ),
        "At initialisation every network answers at chance: the barrier is zero whatever the map, "
        "so epoch 0 is left out. That it is impossible there cannot be told by the barrier.",
        Quote(
            "we found that linear mode connectivity is an emergent property of training, and we "
            "were unable to uncover it early in training",
            "section 5.2",
        ),
    ),
    Claim(
        "G10b",
        "Benzing et al. 2022, abstract",
        "Networks lie in one valley from the start on: the maps found after training serve at "
        "every epoch.",
        (
            Prediction(
                "average of two initialisations under the maps of epoch 8: accuracy",
                Mean(accuracy, with_method(_at(0), _LATER_MAPS)),
                at_least(12, "per cent"),
            ),
            Prediction(
                "the same minus that of the better initialisation",
                Mean(above_best, with_method(_at(0), _LATER_MAPS)),
                at_least(0, "points"),
            ),
            *(
                Prediction(
                    f"barrier at epoch {n} under the maps of epoch 8 minus that under its own",
                    Difference(barrier, with_method(_at(n), _LATER_MAPS), with_method(_at(n), WM)),
                    at_most(0, "nats"),
                    (barrier_without(_at(n)),),
                )
                for n in (1, 2, 3, 5)
            ),
        ),
        "Chance is 10 per cent, and the most frequent digit alone gives 11.4.",
        Quote(
            "Strikingly, we find that two networks already live in the same loss valley at the "
            "time of initialisation and averaging their random, but suitably permuted "
            "initialisation performs significantly above chance.",
            "abstract",
        ),
    ),
    Claim(
        "G11",
        f"{PAPER}, appendix A.6",
        "There are networks without error that no permutation connects.",
        (
            Prediction(
                "greatest error of the ends",
                Greatest(stat("ends"), _COUNTEREXAMPLE),
                exactly(0),
            ),
            Prediction(
                "error in the middle under the best of all permutations",
                Least(stat("least"), _COUNTEREXAMPLE),
                at_least(0.2),
            ),
        ),
        "A worked example: its networks are written down for it.",
        Quote(
            "However, no possible permutation of units results in linear mode connectivity "
            "between f_A and f_B.",
            "appendix A.6",
        ),
        "construction",
    ),
    Claim(
        "G12",
        f"{PAPER}, appendix A.1",
        "Perceptrons on MNIST fail after SGD at too low a rate, or Adam at too high a one.",
        tuple(
            Prediction(
                f"{words}: barrier minus that of Adam at 0.001",
                Difference(barrier, _swept(optimiser), _PUBLISHED_RATE),
                at_least(0.02, "nats"),
                (beats_linear(_swept(optimiser)), barrier_without(_swept(optimiser))),
            )
            for words, optimiser in _FAILURES
        ),
        "Three epochs at a constant rate, after which the networks differ in accuracy as well.",
        Quote(
            "MNIST MLPs trained with SGD and too low of a learning rate, or Adam and too high of "
            "a learning rate",
            "appendix A.1, known failure modes",
        ),
        looks=Looks((5, 10, 20)),
    ),
)
