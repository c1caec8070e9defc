"""Controls: whether these networks could have passed a test, and whether they could have failed."""

from dataclasses import replace

from ...data.families import NOTHING
from ...data.named import Named
from ...data.quantities import accuracy, barrier, column, minus, ratio
from ..claim import Control, Prediction, at_least, at_most
from ..comparisons import Above
from ..statistics import Cells, Mean
from .selections import CHARACTERS, FULL, PARENT, perceptron, plain, with_method

_networks = column("test_accuracy_mean", 100)


def linear_model(dataset: str) -> Cells:
    """The network without hidden layers, trained on all of the data set."""
    grid = "sequences" if dataset == CHARACTERS.dataset else "claims"  # which has images alone
    return Cells(grid, dataset=dataset, network=perceptron(), method=PARENT, finish=NOTHING)


def beats_linear(cells: Cells) -> Control:
    """The networks have learned what a linear model cannot: else nothing is said of networks."""
    return Control(
        "accuracy of the networks minus that of a linear model",
        Above(_networks, plain(cells), accuracy, linear_model(str(cells.dataset))),
        at_least(0, "points"),
    )


def barrier_without(cells: Cells, least: float = 0.1) -> Control:
    """Plain averaging has a barrier: else every method passes."""
    return Control(
        "barrier of plain averages",
        Mean(barrier, plain(cells)),
        at_least(least, "nats"),
    )


ON_THE_PERCEPTRON = (beats_linear(FULL), barrier_without(FULL))
"""Of what is said of Git Re-Basin's own perceptron."""


def keeps_half(cells: Cells, method: Named) -> Control:
    """Merges of these networks are better than chance at least by the best method known there."""
    return Control(
        f"share of the networks' accuracy that merges by {method} keep",
        Mean(ratio(accuracy, _networks), with_method(cells, method)),
        at_least(0.5),
    )


def ensemble_gains(cells: Cells, method: Named) -> Control:
    """The networks complement each other: else no merge can be better than both."""
    return Control(
        "test loss of the ensemble minus that of the better network",
        Mean(
            minus(column("test_ensemble_loss"), column("test_loss_min")), with_method(cells, method)
        ),
        at_most(0, "nats"),
    )


def merges_on_the_same_data(cells: Cells, method: Named) -> Control:
    """A merge loses little where nothing is left to differ but the seed.

    Else what it loses of networks that saw different data says nothing of the data.
    """
    return Control(
        f"trained on the same data, accuracy of merges by {method} minus that of the networks",
        Mean(minus(accuracy, _networks), with_method(cells, method)),
        at_least(-5, "points"),
    )


def under(controls: tuple[Control, ...], *predictions: Prediction) -> tuple[Prediction, ...]:
    """The predictions, each with the controls besides its own."""
    return tuple(replace(p, controls=(*p.controls, *controls)) for p in predictions)
