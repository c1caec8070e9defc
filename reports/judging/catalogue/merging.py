"""Git Re-Basin and its press on what a merge gains: data, calibration, many networks."""

from dataclasses import replace

from ...data.named import Named
from ...data.quantities import column, ece, loss, minus, on_the_line, ratio
from ..claim import Claim, Control, Looks, Prediction, Quote, at_least, at_most
from ..statistics import Difference, Mean
from .controls import beats_linear, ensemble_gains, keeps_half, merges_on_the_same_data
from .selections import (
    AM,
    BIASED,
    FEW_IMAGES,
    FITTED,
    FIVES,
    FULL,
    MANY,
    PAPER,
    PARENT,
    RESNET_COLOUR,
    WM,
    below_best,
    plain,
    with_method,
)

_best_accuracy = on_the_line("accuracy")
_gain = minus(_best_accuracy, column("test_accuracy_max", 100))
_ece_above_better = minus(ece, column("test_ece_min", 100))
_loss_share = ratio(loss, column("test_loss_mean"))

_SPLIT_RESNET = replace(RESNET_COLOUR, split=BIASED.split)

_PLACES = (
    ("in the middle", below_best),
    ("at the best place of the line", minus(on_the_line("loss"), column("test_loss_min"))),
)
"""Where a merge is looked at: of both parties alike (Q15)."""

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G13",
        f"{PAPER}, section 5.4",
        "Merging networks that were trained on different data gives one with a lower test loss "
        "than both.",
        (
            *(
                Prediction(
                    f"{dataset}: test loss {place} minus that of the better network",
                    Mean(quantity, with_method(replace(BIASED, dataset=dataset), WM)),
                    at_most(0, "nats"),
                    (
                        ensemble_gains(replace(BIASED, dataset=dataset), WM),
                        keeps_half(replace(BIASED, dataset=dataset), AM),
                    ),
                )
                for dataset in ("fashion-mnist", "cifar10-jpeg")
                for place, quantity in _PLACES
            ),
            Prediction(
                "ResNet20 with layer norm, CIFAR-10: test loss in the middle minus that of the "
                "better network",
                Mean(below_best, with_method(_SPLIT_RESNET, WM)),
                at_most(0, "nats"),
                (
                    ensemble_gains(_SPLIT_RESNET, WM),
                    keeps_half(_SPLIT_RESNET, FEW_IMAGES),
                    merges_on_the_same_data(RESNET_COLOUR, WM),
                ),
            ),
        ),
        "The best place is that for the validation images, as in Q15; of ResNet20 the middle alone "
        "was measured. The paper's are wider ResNets, on CIFAR-100. Of accuracy its final version "
        "says that it is not gained.",
        Quote(
            "we did manage to merge the two models in weight space, achieving an interpolated "
            "model that outperforms both input models in terms of test loss",
            "section 5.4",
        ),
    ),
    Claim(
        "G13b",
        "Jordan et al. 2023, figures published with the code",
        "What that merge gains is no more than a corrected prior: fitting the output biases of one "
        "network alone gains as much.",
        tuple(
            Prediction(
                f"{dataset}: accuracy of one network with fitted biases minus that of the merge by "
                f"{method}, at the best place of its line",
                Difference(
                    _best_accuracy,
                    replace(BIASED, dataset=dataset, method=PARENT, finish=Named("bias")),
                    replace(BIASED, dataset=dataset, method=method),
                ),
                at_least(0, "points"),
                (
                    Control(
                        "what the merge gains over the better network there",
                        Mean(_gain, replace(BIASED, dataset=dataset, method=method)),
                        at_least(0, "points"),
                    ),
                ),
            )
            for dataset in ("fashion-mnist", "cifar10-jpeg")
            for method in (WM, AM)
        ),
        "No sentence of the paper says it; its figure of CIFAR-100 in two shows it. Biases and the "
        "place on the line are chosen by the validation images.",
        looks=Looks((8, 10, 20)),
    ),
    Claim(
        "G14",
        f"{PAPER}, appendix A.10",
        "The merge is better calibrated than any of its networks.",
        (
            Prediction(
                "two networks: calibration error of the merge minus that of the better network",
                Mean(_ece_above_better, with_method(FULL, WM)),
                at_most(0, "points"),
                (beats_linear(FULL),),
            ),
            Prediction(
                "five networks by MergeMany: the same",
                Mean(_ece_above_better, with_method(FIVES, MANY)),
                at_most(0, "points"),
                (beats_linear(FULL),),
            ),
        ),
        "The paper shows it of five and of 32 perceptrons, and of two ResNets on split data.",
        Quote(
            "a merged model with better probability estimate calibration than any of the input "
            "models. For example, we present the results of this algorithm on MLPs trained on "
            "MNIST",
            "appendix A.10",
        ),
    ),
    Claim(
        "G14b",
        "Guo et al. 2017, abstract",
        "One fitted temperature calibrates a single network as well as a merge does.",
        (
            Prediction(
                "calibration error of one network with a fitted temperature minus that of the "
                "merge of two",
                Difference(ece, with_method(FULL, PARENT, FITTED), with_method(FULL, WM)),
                at_most(0, "points"),
                (beats_linear(FULL),),
            ),
        ),
        "The obvious alternative to G14, of which neither party speaks. The temperature is fitted "
        "to images that no network was trained on.",
        Quote(
            "on most datasets, temperature scaling – a single-parameter variant of Platt Scaling – "
            "is surprisingly effective at calibrating predictions",
            "abstract",
        ),
    ),
    Claim(
        "G15",
        f"{PAPER}, appendix A.10 and table 3",
        "MergeMany of five perceptrons cuts the test loss by more than 30 per cent.",
        (
            Prediction(
                "test loss of the merge over the networks' mean",
                Mean(_loss_share, with_method(FIVES, MANY)),
                at_most(0.7),
                (
                    beats_linear(FULL),
                    Control(
                        "the same of plain averages",
                        Mean(_loss_share, plain(FIVES)),
                        at_least(1),
                    ),
                ),
            ),
        ),
        "Published: 43 per cent.",
        Quote(
            "Merging multiple models decreases test loss by 43%. We train five separate MLPs on "
            "MNIST.",
            "table 3",
        ),
    ),
)
