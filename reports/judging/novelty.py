"""The comment "Git Clone or Git Re-Basin" on what is new in the methods (Singh and Jaggi)."""

from dataclasses import replace

from ..data.families import PLAIN
from ..data.named import Named, named
from ..data.quantities import accuracy, agreement, hardness, loss, minus, permuted, seconds, stat
from .claim import Claim, Prediction, at_least, at_most, exactly, within
from .selections import (
    ACTS,
    AM,
    COMMENT,
    FASHION,
    FULL,
    LATER,
    LONGER,
    MNIST,
    OTF,
    RETRAINED,
    RUNGS,
    SQUARED,
    STE,
    WM,
    perceptron,
    vgg,
    with_method,
    with_params,
)
from .statistics import Cells, Difference, Least, Mean, Median, Multiple

same = exactly(100, "per cent")

ONE_PASS = named("fedma", epochs=0)
NO_GROWTH = named("pfnm", gamma=1e-30)


def _agreement(method: Named, reference: Named) -> Mean:
    cells = Cells(
        dataset="mnist",
        network=MNIST.network,
        recipe=MNIST.recipe,
        method=method,
        against=reference,
    )
    return Mean(agreement, cells)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "Q1",
        COMMENT,
        "Activation matching is OTFusion on activations with uniform masses.",
        (
            Prediction(
                "living units with the same partner, OTFusion on squared distances of the same "
                "activations",
                _agreement(SQUARED, AM),
                same,
            ),
            Prediction(
                "living units with the same partner, OTFusion on plain distances of the same "
                "activations",
                _agreement(with_params(ACTS, when="after", samples=None), AM),
                same,
            ),
        ),
        "For squared distances it is a theorem, conceded in the paper's appendix A.2. "
        f"{LATER} the second was OTFusion as released, which differs in more than the distance "
        "(Q1b).",
    ),
    Claim(
        "Q1b",
        COMMENT,
        "As released they give the same fused model: no switch between the two matters.",
        tuple(
            Prediction(
                f"accuracy of {step} minus that of {AM}",
                Difference(accuracy, with_method(MNIST, step), with_method(MNIST, AM)),
                within(0.5, "points"),
            )
            for step in RUNGS
        ),
        "The output layer stays in place in all of them.",
        rule="each",
    ),
    Claim(
        "Q2",
        COMMENT,
        "The relaxation to doubly stochastic matrices is tight: an exact plan is a permutation.",
        tuple(
            Prediction(
                f"groups whose plan is a permutation, {what}, worst cell", Least(hardness, c), same
            )
            for what, c in (
                ("weights, MNIST", with_method(MNIST, OTF)),
                ("activations, MNIST", with_method(MNIST, ACTS)),
                (
                    "weights, 2048 units",
                    Cells(dataset="digits", network=perceptron(2048, 2048), method=OTF),
                ),
            )
        ),
        rule="each",
    ),
    Claim(
        "Q3",
        COMMENT,
        "Matching by cross-correlation is Tatro et al. 2020.",
        (
            Prediction(
                "living units with the same partner, Pearson activation matching and Tatro et al. "
                "on all images",
                _agreement(
                    with_params(AM, statistic="pearson"), named("correlation", samples=None)
                ),
                same,
            ),
        ),
        "The code of Tatro et al. adds 1e-5 to every deviation, which tells where a unit hardly "
        "varies; without it the two are one method.",
    ),
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
        LONGER,
    ),
    Claim(
        "Q5",
        COMMENT,
        "Weight matching's alternation may be slightly better than one greedy pass.",
        (
            Prediction(
                "accuracy of weight matching minus that of a greedy forward pass",
                Difference(accuracy, with_method(MNIST, WM), with_method(MNIST, ONE_PASS)),
                within(1, "points"),
            ),
            Prediction(
                "accuracy from the greedy start minus that from the identity",
                Difference(
                    accuracy,
                    with_method(MNIST, with_params(WM, start="greedy")),
                    with_method(MNIST, WM),
                ),
                within(1, "points"),
            ),
        ),
        "On a perceptron; in a residual network one pass sees a stream before all of its readers.",
    ),
    Claim(
        "Q6",
        COMMENT,
        "The earlier methods are the baselines that were missing: they come close.",
        tuple(
            Prediction(
                f"accuracy of {method} minus that of weight matching",
                Difference(accuracy, with_method(MNIST, method), with_method(MNIST, WM)),
                at_least(-0.5, "points"),
            )
            for method in (Named("forward-bipartite"), NO_GROWTH, OTF, ONE_PASS)
        ),
    ),
    Claim(
        "Q7",
        COMMENT,
        "The straight-through estimator is an alignment followed by retraining.",
        (
            Prediction(
                "cells in which it does more than reorder the second network",
                Mean(minus(lambda _: 1.0, permuted), with_method(MNIST, STE)),
                exactly(1),
            ),
            Prediction(
                "test loss of weight matching and one epoch minus that of straight-through",
                Difference(
                    loss,
                    replace(FULL, method=WM, finish=RETRAINED),
                    with_method(FULL, STE),
                ),
                at_most(0, "nats"),
            ),
            Prediction(
                "test loss of plain averaging and one epoch minus that of straight-through",
                Difference(
                    loss,
                    replace(FULL, method=PLAIN, finish=RETRAINED),
                    with_method(FULL, STE),
                ),
                at_most(0, "nats"),
            ),
        ),
        "Literally it is not: only the permutation is kept. The practical point is the other two "
        "rows, on the published perceptron; the estimator takes three passes over the data, the "
        f"retraining one, at a tenth of the rate. {LATER} the networks were trained for fewer "
        "epochs.",
    ),
    Claim(
        "Q8",
        COMMENT,
        "One alignment of the weights is enough; aligning again at every step adds nothing.",
        tuple(
            Prediction(
                f"test loss when projected {words} minus that when projected at every step",
                Difference(
                    loss, with_method(MNIST, with_params(STE, every=every)), with_method(MNIST, STE)
                ),
                at_most(0.005, "nats"),
            )
            for every, words in (
                (None, "once"),
                (100, "every 100 steps"),
                (10, "every 10 steps"),
            )
        ),
    ),
    Claim(
        "Q16",
        COMMENT,
        "OTFusion is not soft: with an exact solver its plans are permutations.",
        (
            Prediction(
                "share of cells with permutations alone, weights",
                Mean(permuted, with_method(MNIST, OTF)),
                exactly(1),
            ),
            Prediction(
                "share of cells with permutations alone, activations",
                Mean(permuted, with_method(MNIST, ACTS)),
                exactly(1),
            ),
            Prediction(
                "the same on a plain VGG11",
                Mean(permuted, replace(FASHION, network=vgg(11, 8), method=OTF)),
                exactly(1),
            ),
        ),
        "The code's default solver, Sinkhorn, is soft; so is its treatment of residual blocks, "
        "which is not reproduced.",
    ),
    Claim(
        "Q17",
        COMMENT,
        "Matched averaging covers networks of equal size.",
        (
            Prediction(
                "width of PFNM over that of its networks, gamma of 1e-30",
                Mean(stat("growth"), with_method(MNIST, NO_GROWTH)),
                exactly(1),
            ),
        ),
        f"{LATER} its permutation was to be that of a greedy pass as well; but PFNM goes from the "
        "last hidden layer down and the pass from the input up, whatever the widths.",
    ),
    Claim(
        "Q18",
        COMMENT,
        "Two earlier works go uncited.",
        note="Bibliographic: the sixth version cites forward bipartite alignment and not PFNM.",
        judged=False,
    ),
)
