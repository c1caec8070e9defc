"""Barriers: how far a curve between two networks rises above what its ends promise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


def chord_barrier(lambdas: ArrayLike, values: ArrayLike) -> float:
    """Greatest rise of `values` above the straight line between the two ends.

    Entezari et al. 2021: max over lambda of L(lambda) - ((1 - lambda) L(0) + lambda L(1)). Never
    below zero, since the ends lie on the line; zero for a convex curve. For a quantity that ought
    to be high, give it with its sign flipped: the result is then the greatest fall.

    `lambdas` and `values` are (points,) in any order; 0 and 1 must be among the lambdas. A value
    that is not a number makes the barrier not a number. Raises `ValueError` otherwise.
    """
    x, y = _curve(lambdas, values)
    return float(np.max(_above_chord(x, y)[(x > 0) & (x < 1)], initial=0.0))


def mean_barrier(lambdas: ArrayLike, values: ArrayLike) -> float:
    """Greatest rise of `values` above the mean of the two ends.

    Git Re-Basin (Ainsworth et al. 2023), definition 2.2: max over lambda of
    L(lambda) - (L(0) + L(1)) / 2. The ends are among the points, so it is at least half of their
    distance: unequal networks have a barrier even on a straight line. Input as in `chord_barrier`.
    """
    x, y = _curve(lambdas, values)
    return float(np.max(y) - (y[x == 0][0] + y[x == 1][0]) / 2)


@dataclass(frozen=True)
class Barriers:
    """Both definitions, for the loss (rise, nats) and the accuracy (fall, share)."""

    chord_loss: float
    mean_loss: float
    chord_accuracy: float
    mean_accuracy: float


def barriers(lambdas: ArrayLike, loss: ArrayLike, accuracy: ArrayLike) -> Barriers:
    """The barriers of one curve, given its loss and its accuracy at `lambdas`, each (points,)."""
    fall = -np.asarray(accuracy, dtype=np.float64)
    return Barriers(
        chord_loss=chord_barrier(lambdas, loss),
        mean_loss=mean_barrier(lambdas, loss),
        chord_accuracy=chord_barrier(lambdas, fall),
        mean_accuracy=mean_barrier(lambdas, fall),
    )


def highest(lambdas: ArrayLike, loss: ArrayLike, accuracy: ArrayLike) -> set[float]:
    """The lambdas at which the barriers of `barriers` are found: up to four, fewer as a rule."""
    found = set()
    for values in (loss, -np.asarray(accuracy, dtype=np.float64)):
        x, y = _curve(lambdas, values)
        found |= {float(x[np.argmax(rise)]) for rise in (_above_chord(x, y), y)}
    return found


def centroid(ends: Sequence[float], merged: float) -> float:
    """The rise of a merge with equal weights above the mean of any number of networks.

    Both definitions come to this where only one point is known.
    """
    return float(merged - np.mean(ends))


def _above_chord(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # infinite losses cancel to what is not a number
        return (1 - x) * (y - y[x == 0][0]) + x * (y - y[x == 1][0])  # exactly 0 where all agree


def _curve(lambdas: ArrayLike, values: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(lambdas, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"a curve needs one value per point: {x.shape} points, {y.shape} values")
    if not (np.any(x == 0) and np.any(x == 1) and np.all((x >= 0) & (x <= 1))):
        raise ValueError("a curve needs its two ends, 0 and 1, and no point outside them")
    return x, y
