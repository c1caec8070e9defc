"""Git Re-Basin and its press on what a merge gains: data, calibration, many networks."""

from dataclasses import replace

from ..data.named import Named
from ..data.quantities import column, ece, loss, minus, on_the_line, ratio
from .claim import Claim, Prediction, at_least, at_most
from .selections import (
    AM,
    BIASED,
    LATER,
    MNIST,
    PAPER,
    PRESS,
    WM,
    above_best,
    below_best,
    with_method,
)
from .statistics import Difference, Mean

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "G13",
        f"{PAPER}, section 5.4; {PRESS}",
        "Merging networks that were trained on different data gives one better than both.",
        tuple(
            test
            for dataset in ("fashion-mnist", "cifar10-jpeg")
            for test in (
                Prediction(
                    f"{dataset}: test loss of the middle minus that of the better network",
                    Mean(below_best, replace(BIASED, dataset=dataset, method=WM)),
                    at_most(0, "nats"),
                ),
                Prediction(
                    f"{dataset}: accuracy of the middle minus that of the better network",
                    Mean(above_best, replace(BIASED, dataset=dataset, method=WM)),
                    at_least(0, "points"),
                ),
            )
        ),
        "In the middle of the line. The paper's final version says so of the loss alone, and of "
        "CIFAR-100.",
    ),
    Claim(
        "G13b",
        "Jordan et al. 2023",
        "What that merge gains is no more than a corrected prior: fitting the output biases of one "
        "network alone gains as much.",
        tuple(
            Prediction(
                f"{dataset}: accuracy of one network with fitted biases minus that of the merge by "
                f"{method}, at the best place of its line",
                Difference(
                    on_the_line("accuracy"),
                    replace(BIASED, dataset=dataset, method=Named("parent"), finish=Named("bias")),
                    replace(BIASED, dataset=dataset, method=method),
                ),
                at_least(0, "points"),
            )
            for dataset in ("fashion-mnist", "cifar10-jpeg")
            for method in (WM, AM)
        ),
        f"{LATER} the middle of weight matching's line alone was looked at, which gains nothing "
        "here (G13) that a prior could explain.",
    ),
    Claim(
        "G14",
        f"{PAPER}, figures 11 and 13",
        "The merge is better calibrated than its parents, and not only as one temperature would "
        "make them.",
        (
            Prediction(
                "calibration error of the merge minus that of the better network",
                Mean(minus(ece, column("test_ece_min", 100)), with_method(MNIST, WM)),
                at_most(0, "points"),
            ),
            Prediction(
                "minus that of the first network with a fitted temperature",
                Difference(
                    ece,
                    with_method(MNIST, WM),
                    replace(MNIST, method=Named("parent"), finish=Named("temperature")),
                ),
                at_most(0, "points"),
            ),
        ),
        "The temperature is fitted on images that the network was trained on, which makes it too "
        f"low. {LATER} the first comparison was with one of the networks, not the better one.",
    ),
    Claim(
        "G15",
        f"{PAPER}, appendix A.10",
        "MergeMany of five perceptrons cuts the test loss by more than 30 per cent.",
        (
            Prediction(
                "test loss of the merge over the networks' mean",
                Mean(
                    ratio(loss, column("test_loss_mean")),
                    replace(MNIST, networks=5, method=Named("merge-many")),
                ),
                at_most(0.7),
            ),
        ),
        f"Published: 43 per cent. {LATER} an accuracy above the best network's was a prediction as "
        "well, which nobody claims.",
    ),
)
