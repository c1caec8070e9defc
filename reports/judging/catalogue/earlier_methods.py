"""The comment "Git Clone or Git Re-Basin" on how well earlier methods do (Singh and Jaggi)."""

from ...data.families import PLAIN
from ...data.named import Named
from ...data.quantities import accuracy, loss, minus, permuted, seconds
from ..claim import Claim, Control, Looks, Prediction, at_least, at_most, exactly, within
from ..statistics import Cells, Difference, Greatest, Median, Multiple
from .controls import ON_THE_PERCEPTRON, beats_linear, keeps_half, under
from .selections import (
    COMMENT,
    FEW_IMAGES,
    FULL,
    NO_GROWTH,
    ON_CIFAR,
    ONE_PASS,
    OTF,
    REPORTED,
    RETRAINED,
    STE,
    WM,
    with_method,
    with_params,
)


def _behind(what: str, cells: Cells, method: Named, *controls: Control) -> Prediction:
    """That a method is no more than half a point behind weight matching."""
    return Prediction(
        f"{what} minus that of weight matching",
        Difference(accuracy, with_method(cells, method), with_method(cells, WM)),
        at_least(-0.5, "points"),
        controls,
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "Q4",
        COMMENT,
        "Earlier methods on weights need no data and run in seconds as well.",
        (
            Prediction(
                "OTFusion on weights, perceptron of three times 512: median time",
                Median(seconds, with_method(FULL, OTF)),
                at_most(10, "s"),
            ),
            Prediction(
                "its time over that of weight matching",
                Multiple(seconds, with_method(FULL, OTF), with_method(FULL, WM)),
                at_most(10),
            ),
        ),
        REPORTED,
    ),
    Claim(
        "Q5",
        COMMENT,
        "Weight matching's alternation may be slightly better than one greedy pass.",
        under(
            ON_THE_PERCEPTRON,
            Prediction(
                "accuracy of weight matching minus that of a greedy forward pass",
                Difference(accuracy, with_method(FULL, WM), with_method(FULL, ONE_PASS)),
                within(1, "points"),
            ),
            Prediction(
                "accuracy from the greedy start minus that from the identity",
                Difference(
                    accuracy,
                    with_method(FULL, with_params(WM, start="greedy")),
                    with_method(FULL, WM),
                ),
                within(1, "points"),
            ),
        ),
        "On a perceptron; in a residual network one pass sees a stream before all of its readers "
        f"(G18). {REPORTED}",
        looks=Looks(),
    ),
    Claim(
        "Q6",
        COMMENT,
        "The earlier methods are the baselines that were missing: they come close.",
        (
            *under(
                ON_THE_PERCEPTRON,
                *(
                    _behind(f"perceptron, MNIST: accuracy of {method}", FULL, method)
                    for method in (Named("forward-bipartite"), NO_GROWTH, OTF, ONE_PASS)
                ),
            ),
            *(
                _behind(
                    f"{what}: accuracy of {OTF}",
                    cells,
                    OTF,
                    beats_linear(cells),
                    keeps_half(cells, FEW_IMAGES),
                )
                for what, cells in ON_CIFAR
            ),
        ),
        f"On CIFAR-10 OTFusion alone of the earlier methods was measured. {REPORTED}",
    ),
    Claim(
        "Q7",
        COMMENT,
        "The straight-through estimator is an alignment followed by retraining.",
        (
            Prediction(
                "share of cells in which it does more than reorder the second network, best cell",
                Greatest(minus(lambda _: 1.0, permuted), with_method(FULL, STE)),
                exactly(1),
            ),
            *under(
                ON_THE_PERCEPTRON,
                *(
                    Prediction(
                        f"test loss of {words} and one epoch minus that of straight-through",
                        Difference(
                            loss,
                            with_method(FULL, method, RETRAINED),
                            with_method(FULL, STE),
                        ),
                        at_most(0, "nats"),
                    )
                    for words, method in (("weight matching", WM), ("plain averaging", PLAIN))
                ),
            ),
        ),
        "Literally it is not: only the permutation is kept. The practical point is the other two "
        "rows; the estimator takes three passes over the data, the retraining one, at a tenth of "
        f"the rate. {REPORTED}",
        looks=Looks(),
    ),
    Claim(
        "Q8",
        COMMENT,
        "With retraining, one alignment of the weights at the start is enough.",
        under(
            ON_THE_PERCEPTRON,
            Prediction(
                "after one epoch: test loss from weight matching minus that from straight-through",
                Difference(
                    loss,
                    with_method(FULL, WM, RETRAINED),
                    with_method(FULL, STE, RETRAINED),
                ),
                at_most(0.005, "nats"),
            ),
            Prediction(
                "the same of accuracy",
                Difference(
                    accuracy,
                    with_method(FULL, WM, RETRAINED),
                    with_method(FULL, STE, RETRAINED),
                ),
                at_least(-0.3, "points"),
            ),
        ),
        f"The estimator aligns again at every step, weight matching is its first step. {REPORTED}",
    ),
)
