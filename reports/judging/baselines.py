"""The comment "Git Clone or Git Re-Basin" on evidence and baselines (Singh and Jaggi)."""

from dataclasses import replace

from ..data.families import NOTHING, PLAIN
from ..data.named import Named, named
from ..data.quantities import (
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
from .claim import Claim, Prediction, at_least, at_most
from .selections import (
    ACTS,
    COMMENT,
    DIGITS,
    GPU,
    LATER,
    MNIST,
    OTF,
    SMALL,
    TRAINED,
    WM,
    above_best,
    perceptron,
    vgg,
)
from .statistics import Cells, Difference, Least, Mean, Median, Trend, any_of

THIRTY = named("retrain", epochs=30)
PARENT = Named("parent")


def _retrained(method: Named, finish: Named = THIRTY) -> Cells:
    return replace(SMALL, method=method, finish=finish)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "Q9",
        COMMENT,
        "Plain averaging and retraining is competitive.",
        (
            Prediction(
                "after 30 epochs: accuracy from plain averages minus that from weight matching",
                Difference(after(30, "accuracy"), _retrained(PLAIN), _retrained(WM)),
                at_least(-0.3, "points"),
            ),
            Prediction(
                "minus that of a parent trained as long",
                Difference(after(30, "accuracy"), _retrained(PLAIN), _retrained(PARENT)),
                at_least(-0.3, "points"),
            ),
            Prediction(
                "minus that of a network from scratch",
                Difference(
                    after(30, "accuracy"),
                    _retrained(PLAIN),
                    _retrained(PLAIN, named("scratch", epochs=30)),
                ),
                at_least(-0.3, "points"),
            ),
        ),
        "The network from scratch learns at the full rate, merges and parents at a tenth of it. "
        f"What alignment gains in the first epochs is in the figure of retraining curves. {LATER} "
        "the first epoch was one of the predictions, which is not what the claim says.",
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
        "Needs the grid `paper`, which takes a GPU.",
    ),
    Claim(
        "Q11",
        COMMENT,
        "That wider networks have less of a gap was already seen with OTFusion.",
        (
            Prediction(
                "OTFusion on weights, MNIST, 32 to 512: rank correlation of barrier and width",
                Trend(
                    barrier,
                    width,
                    replace(
                        MNIST,
                        network=any_of(*(perceptron(w, w, w) for w in (32, 64, 128, 256, 512))),
                        method=OTF,
                    ),
                ),
                at_most(-0.8),
            ),
        ),
        "The trend is measured; who saw it first is a matter of dates.",
    ),
    Claim(
        "Q12",
        COMMENT,
        "That the gap closes in the course of training was already seen with OTFusion.",
        (
            Prediction(
                "OTFusion on weights: rank correlation of barrier and epoch, from the first to the "
                "eighth",
                Trend(
                    barrier,
                    epochs,
                    replace(SMALL, recipe=TRAINED, method=OTF),
                ),
                at_most(-0.8),
            ),
        ),
        f"{LATER} epoch 0 was in, where the barrier is zero because nothing is trained yet (G10).",
    ),
    Claim(
        "Q13",
        COMMENT,
        "The barrier is never less than the rise in the middle.",
        (
            Prediction(
                "least difference, all cells",
                Least(minus(barrier, minus(loss, column("test_loss_mean"))), Cells(networks=2)),
                at_least(-1e-12, "nats"),
            ),
        ),
        "By definition; so a gap in the middle bounds the barrier from below, and is no evidence "
        "of connection.",
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
        "Networks as they start, for images of 8x8: neither changes the sizes of what is matched.",
    ),
    Claim(
        "Q15",
        COMMENT,
        "Networks trained on disjoint data were already merged by OTFusion, to better than both.",
        tuple(
            Prediction(
                f"one digit seen by one network alone: accuracy of {method} at the best place of "
                "the line minus the better network's",
                Mean(
                    minus(on_the_line("accuracy"), column("test_accuracy_max", 100)),
                    Cells(
                        dataset="mnist",
                        network=named("mlp", widths=(400, 200, 100), bias=False),
                        split=Named("special-digit"),
                        networks=2,
                        finish=NOTHING,
                        method=method,
                    ),
                ),
                at_least(0, "points"),
            )
            for method in (OTF, ACTS)
        ),
        "The place is the best of nine for the training images of both. "
        f"{LATER} only equal weights were looked at, which favour neither network.",
    ),
    Claim(
        "Q19",
        COMMENT,
        "Results of this kind on MNIST and CIFAR were known.",
        note="Bibliographic. Tatro et al. show learned curves, OTFusion retrained networks, "
        "Entezari et al. annealing of one hidden layer; not all of these papers were read in full.",
        judged=False,
    ),
)
