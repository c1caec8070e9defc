"""Git Re-Basin and its press on what a merge gains: data, calibration, many networks."""

from dataclasses import replace

from .claim import Claim, Prediction, at_least, at_most
from .claim_cells import BIASED, MNIST, PAPER, PRESS, WM, above_best, below_best, of
from .evidence import Difference, Mean
from .quantities import accuracy, column, ece, loss, ratio

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
        "The paper's final version says so of the loss alone.",
    ),
    Claim(
        "G13b",
        "Jordan et al. 2023",
        "What that merge gains is no more than a corrected prior: fitting the output biases of one "
        "network alone gains as much.",
        tuple(
            Prediction(
                f"{dataset}: accuracy of one network with fitted biases minus that of the merge",
                Difference(
                    accuracy,
                    replace(BIASED, dataset=dataset, method="parent", finish="bias"),
                    replace(BIASED, dataset=dataset, method=WM),
                ),
                at_least(0, "points"),
            )
            for dataset in ("fashion-mnist", "cifar10-jpeg")
        ),
    ),
    Claim(
        "G14",
        f"{PAPER}, figures 11 and 13",
        "The merge is better calibrated than its parents, and not only as one temperature would "
        "make them.",
        (
            Prediction(
                "calibration error of the merge minus that of a parent",
                Difference(ece, of(MNIST, WM), of(MNIST, "parent")),
                at_most(0, "points"),
            ),
            Prediction(
                "minus that of a parent with a fitted temperature",
                Difference(
                    ece,
                    of(MNIST, WM),
                    replace(MNIST, method="parent", finish="temperature"),
                ),
                at_most(0, "points"),
            ),
        ),
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
                    replace(MNIST, networks=5, method="merge-many"),
                ),
                at_most(0.7),
            ),
            Prediction(
                "accuracy of the merge minus that of the best network",
                Mean(above_best, replace(MNIST, networks=5, method="merge-many")),
                at_least(0, "points"),
            ),
        ),
        "Published: 43 per cent, with an accuracy below that of every network.",
    ),
)
