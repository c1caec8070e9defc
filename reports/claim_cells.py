"""Which cells the claims speak of, and what they ask of them: shared by their lists."""

from dataclasses import replace

from .claim import Prediction, at_most, within
from .evidence import Cells, Difference, Mean
from .quantities import accuracy, barrier, column, loss, minus

PAPER = "Ainsworth et al. 2023"
PRESS = "press on Git Re-Basin, 2022"
COMMENT = "Singh & Jaggi, comment on Git Re-Basin"

WM, AM, STE, OTF = (
    "weight-matching",
    "activation-matching",
    "straight-through",
    "otfusion-weights",
)
ZERO = at_most(0.02, "nats")
"""A barrier that counts as none."""

MNIST = Cells(
    dataset="mnist",
    network="mlp-256x3",
    recipe="mnist-short",
    split="shared",
    networks=2,
    finish="none",
)
SMALL = replace(MNIST, network="mlp-128x3")
COURSE = tuple(f"git-rebasin-mnist-mlp(epochs={n})" for n in (0, 1, 2, 3, 5, 8))
DIGITS = Cells(dataset="digits", recipe="digits-short", split="shared", networks=2, finish="none")
FASHION = Cells(
    dataset="fashion-mnist", recipe="fashion-short", split="shared", networks=2, finish="none"
)
BIASED = Cells(network="mlp-256x3", recipe="mnist-short", split="biased", networks=2, finish="none")
FULL = replace(MNIST, network="mlp-512x3", recipe="git-rebasin-mnist-mlp(epochs=50)")
GPU = Cells("paper", networks=2, finish="none", method=WM)

LATER = "Changed after a first run:"
"""Begins the notes of claims whose numbers or cells were not chosen before anything was seen."""

LONGER = f"{LATER} the networks were trained for fewer epochs, which times hardly see."

below_best = minus(loss, column("test_loss_min"))
above_best = minus(accuracy, column("test_accuracy_max", 100))


ACTS = "otfusion-activations"
SQUARED = f"{ACTS}(squared=True, when=after, samples=None)"
LADDER = (
    f"{ACTS}(solver=sinkhorn)",
    ACTS,
    f"{ACTS}(squared=True)",
    f"{ACTS}(squared=True, samples=None)",
    SQUARED,
)
"""From OTFusion as released to activation matching, one switch at a time."""


def zero(what: str, cells: Cells) -> Prediction:
    return Prediction(f"{what}: mean barrier of the test loss", Mean(barrier, cells), ZERO)


def same_accuracy(what: str, cells: Cells, other: Cells) -> Prediction:
    return Prediction(
        f"{what}: difference of accuracy", Difference(accuracy, cells, other), within(0.5, "points")
    )


def of(cells: Cells, method: str) -> Cells:
    return replace(cells, method=method)
