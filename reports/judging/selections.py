"""Which cells the claims speak of, and what they ask of them: shared by their lists."""

from dataclasses import replace

from ...results.ladder import LADDER
from ..data.families import NOTHING
from ..data.named import Named, named
from ..data.quantities import INEQUIVALENT, accuracy, barrier, column, loss, minus
from .claim import Prediction, at_most, within
from .statistics import Cells, Difference, Mean, any_of

PAPER = "Ainsworth et al. 2023"
PRESS = "press on Git Re-Basin, 2022"
COMMENT = "Singh & Jaggi, comment on Git Re-Basin"

WM, AM, STE, OTF, ACTS = (
    Named("weight-matching"),
    Named("activation-matching"),
    Named("straight-through"),
    Named("otfusion-weights"),
    Named("otfusion-activations"),
)
RETRAINED, RESET = Named("retrain"), Named("reset")
ZERO = at_most(0.02, "nats")
"""A barrier that counts as none."""


def with_params(plain: Named, **params: object) -> Named:
    """A variant of a method."""
    return named(plain.name, **params)


def perceptron(*widths: int) -> Named:
    """The perceptron with hidden layers of these widths."""
    return named("mlp", widths=widths)


def vgg(depth: int, width: int, **more: object) -> Named:
    """The VGG of this depth and width."""
    return named("vgg", depth=depth, width=width, **more)


def resnet20(width: float, norm: str) -> Named:
    """The ResNet20 of this width and norm."""
    return named("resnet20", width=width, norm=norm)


def constant_rate(**changes: object) -> Named:
    """Git Re-Basin's recipe for MNIST with some changes."""
    return named("git-rebasin-mnist-mlp", **changes)


SHARED, BY_CLASS = Named("shared"), Named("biased")
MNIST = Cells(
    dataset="mnist",
    network=perceptron(256, 256, 256),
    recipe=Named("mnist-short"),
    split=SHARED,
    networks=2,
    finish=NOTHING,
)
SMALL = replace(MNIST, network=perceptron(128, 128, 128))
COURSE = {n: constant_rate(epochs=n) for n in (0, 1, 2, 3, 5, 8)}
TRAINED = any_of(*(recipe for n, recipe in COURSE.items() if n > 0))
TO_THE_START = Named("git-rebasin-mnist-mlp", '[{"epochs":8},{"epochs":0}]')
"""A network at its end, and the same at its initialisation."""
DIGITS = Cells(
    dataset="digits", recipe=Named("digits-short"), split=SHARED, networks=2, finish=NOTHING
)
FASHION = Cells(
    dataset="fashion-mnist", recipe=Named("fashion-short"), split=SHARED, networks=2, finish=NOTHING
)
BIASED = Cells(
    network=perceptron(256, 256, 256),
    recipe=Named("mnist-short"),
    split=BY_CLASS,
    networks=2,
    finish=NOTHING,
)
FULL = replace(MNIST, network=perceptron(512, 512, 512), recipe=constant_rate(epochs=50))
GPU = Cells("paper", networks=2, finish=NOTHING, method=WM)

ALIGNED = ("done", INEQUIVALENT)
"""How cells ended of which it is known whether the alignment changes the outputs."""

LATER = "Changed after a first run:"
"""Begins the notes of claims whose numbers or cells were not chosen before anything was seen."""

LONGER = f"{LATER} the networks were trained for fewer epochs, which times hardly see."

below_best = minus(loss, column("test_loss_min"))
above_best = minus(accuracy, column("test_accuracy_max", 100))


RUNGS = tuple(named(rung.method, **rung.params) for rung in LADDER)
"""The methods of the ladder from OTFusion as released to activation matching."""
SQUARED = RUNGS[-1]


def zero(what: str, cells: Cells) -> Prediction:
    return Prediction(f"{what}: mean barrier of the test loss", Mean(barrier, cells), ZERO)


def same_accuracy(what: str, cells: Cells, other: Cells) -> Prediction:
    return Prediction(
        f"{what}: difference of accuracy", Difference(accuracy, cells, other), within(0.5, "points")
    )


def with_method(cells: Cells, method: Named) -> Cells:
    return replace(cells, method=method)
