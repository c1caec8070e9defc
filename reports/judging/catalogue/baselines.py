"""The comment "Git Clone or Git Re-Basin" on evidence and baselines (Singh and Jaggi)."""

from dataclasses import replace

from ...data.families import NOTHING, PLAIN
from ...data.named import Named, named
from ...data.quantities import (
    after,
    barrier,
    column,
    epochs,
    loss,
    minus,
    on_the_line,
    seconds,
    width,
)
from ..claim import Claim, Looks, Prediction, Quote, at_least, at_most
from ..statistics import Cells, Difference, Least, Mean, Median
from ..trends import Trend
from .controls import barrier_without, beats_linear, ensemble_gains, keeps_half, under
from .selections import (
    ACTS,
    AM,
    COMMENT,
    DIGITS,
    GPU,
    LADDERS,
    OTF,
    PARENT,
    REPORTED,
    SMALL,
    TRAINED,
    WIDEST,
    WM,
    above_best,
    vgg,
    with_method,
)

THIRTY = named("retrain", epochs=30)

_LADDER = "perceptron of three layers, MNIST, 32 to 512"
_TRAINED = replace(SMALL, recipe=TRAINED)

_PLACES = (
    ("in the middle", above_best),
    (
        "at the best place of the line",
        minus(on_the_line("accuracy"), column("test_accuracy_max", 100)),
    ),
)
"""Where a merge is looked at: of both parties alike (G13)."""


def _special(digit: int) -> Cells:
    """One digit seen by one network alone; 4 in the paper, 9 in the code."""
    return Cells(
        dataset="mnist",
        network=named("mlp", widths=(400, 200, 100), bias=False),
        split=Named("special-digit") if digit == 4 else named("special-digit", digit=digit),
        networks=2,
        finish=NOTHING,
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "Q9",
        COMMENT,
        "Plain averaging and retraining is competitive.",
        under(
            (beats_linear(SMALL), barrier_without(SMALL)),
            *(
                Prediction(
                    f"after 30 epochs: accuracy from plain averages minus that {words}",
                    Difference(
                        after(30, "accuracy"),
                        with_method(SMALL, PLAIN, THIRTY),
                        with_method(SMALL, other, THIRTY),
                    ),
                    at_least(-0.3, "points"),
                )
                for words, other in (
                    ("from weight matching", WM),
                    ("of a network trained as long", PARENT),
                )
            ),
        ),
        "What alignment gains in the first epochs is in the figure of retraining curves. "
        + REPORTED,
        looks=Looks((5, 10, 20)),
    ),
    Claim(
        "Q10",
        COMMENT,
        "Fused ResNet18s that retrain to their parents' accuracy were early evidence of linear "
        "connection.",
        (
            Prediction(
                "ResNet18 with batch norm: accuracy of the merge minus that of the better network",
                Mean(
                    above_best,
                    replace(GPU, network=named("resnet18", width=64, norm="batch"), method=OTF),
                ),
                at_least(-3, "points"),
            ),
        ),
        f"Needs the grid `paper`, which takes a GPU. {REPORTED}",
    ),
    Claim(
        "Q11",
        COMMENT,
        "That wider networks have less of a gap was already seen with OTFusion.",
        under(
            (beats_linear(WIDEST[_LADDER]), keeps_half(WIDEST[_LADDER], OTF)),
            Prediction(
                "OTFusion on weights, MNIST, 32 to 512: rank correlation of barrier and width",
                Trend(barrier, width, with_method(LADDERS[_LADDER], OTF)),
                at_most(-0.8),
            ),
        ),
        f"The trend is measured; who saw it first is a matter of dates. {REPORTED}",
    ),
    Claim(
        "Q12",
        COMMENT,
        "That the gap closes in the course of training was already seen with OTFusion.",
        under(
            (barrier_without(_TRAINED),),
            Prediction(
                "OTFusion on weights: rank correlation of barrier and epoch, from the first to the "
                "eighth",
                Trend(barrier, epochs, with_method(_TRAINED, OTF)),
                at_most(-0.8),
            ),
        ),
        REPORTED,
    ),
    Claim(
        "Q13",
        COMMENT,
        "The barrier is never less than the rise in the middle.",
        tuple(
            Prediction(
                f"least difference, all cells of the grid {grid}",
                Least(
                    minus(barrier, minus(loss, column("test_loss_mean"))),
                    Cells(grid, networks=2, finish=NOTHING),
                ),
                at_least(-1e-12, "nats"),
            )
            for grid in ("mnist", "claims")
        ),
        "By definition; so a gap in the middle bounds the barrier from below, and is no evidence "
        f"of connection. {REPORTED}",
        rule="construction",
    ),
    Claim(
        "Q14",
        COMMENT,
        "Six VGG11 were fused in 15 seconds before Git Re-Basin was.",
        (
            Prediction(
                "OTFusion on weights, six VGG11: median time",
                Median(
                    seconds,
                    replace(
                        DIGITS,
                        network=vgg(11, 64, bias=False),
                        recipe=named("digits-short", epochs=0),
                        networks=6,
                        method=OTF,
                    ),
                ),
                at_most(45, "s"),
            ),
        ),
        "Three times the published time is allowed, on a CPU. Networks as they start, for images "
        f"of 8x8: neither changes the sizes of what is matched. {REPORTED}",
    ),
    Claim(
        "Q15",
        COMMENT,
        "Networks trained on disjoint data were already merged by OTFusion, to better than both.",
        tuple(
            Prediction(
                f"digit {digit} seen by one network alone: accuracy of {method} {place} minus the "
                "better network's",
                Mean(quantity, with_method(_special(digit), method)),
                at_least(0, "points"),
                (ensemble_gains(_special(digit), OTF), keeps_half(_special(digit), AM)),
            )
            for digit in (4, 9)
            for method in (OTF, ACTS)
            for place, quantity in _PLACES
        ),
        "The best place is that for the validation images, as in G13. OTFusion's figure shows "
        f"accuracy over the share of each network. {REPORTED}",
        Quote(
            "We show that this can successfully yield “one-shot” knowledge transfer (i.e., without "
            "requiring any retraining) between neural networks trained on heterogeneous "
            "non-i.i.d. data.",
            "Singh & Jaggi 2020, abstract",
        ),
        looks=Looks((8, 10, 20)),
    ),
    Claim(
        "Q19",
        COMMENT,
        "Results of this kind on MNIST and CIFAR were known.",
        note="Bibliographic. Tatro et al. show learned curves, OTFusion retrained networks, "
        "Entezari et al. annealing of one hidden layer; not all of these papers were read in full. "
        + REPORTED,
        judged=False,
    ),
)
