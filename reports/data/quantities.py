"""Numbers of one cell that claims speak of: columns, and what follows from them."""

import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import inf, isfinite, isnan, nan

from ...results.columns import INEQUIVALENT, SCORES
from . import sweeps
from .condition import BARRIER

Quantity = Callable[[Mapping[str, object]], float | None]
"""A number of one cell; `None` where the cell has none."""


Row = Mapping[str, object]


def column(name: str, factor: float = 1) -> Quantity:
    """A column of the table, times `factor`; a score of a merge that diverged may be NaN."""

    def of(row: Row) -> float | None:
        value = row.get(name)
        if name in SCORES and row.get("diverged") and isinstance(value, float) and isnan(value):
            return value
        return _as_number(value, factor)

    return of


loss = column("test_loss_mid")
"""Test loss of the merge with equal weights, in nats."""
accuracy = column("test_accuracy_mid", 100)
"""Its test accuracy, in per cent."""
ece = column("test_ece_mid", 100)
"""Its expected calibration error on test, in percentage points."""
barrier = column(BARRIER)
"""The greatest rise of the test loss above the line between the networks, in nats."""
seconds = column("align_seconds")
"""Wall time of the alignment alone."""
agreement = column("agreement", 100)
"""Units to which two methods give the same partner, in per cent."""
recovered = column("recovered", 100)
"""Units that meet the unit which was planted as theirs, in per cent."""


def fully_recovered(row: Row) -> float | None:
    """1 where every unit meets the one which was planted as its own, else 0."""
    found = recovered(row)
    return None if found is None else float(found == 100)


def error(row: Row) -> float | None:
    """Greatest relative change of the outputs by the alignment.

    In float64, or in float32 where the networks allow no more. Not a number where outputs that the
    alignment changed are none.
    """
    found = column("equivalence_error")(row)
    return nan if found is None and row.get("status") == INEQUIVALENT else found


def on_the_line(quantity: str) -> Quantity:
    """Test `loss` (nats) or `accuracy` (per cent) at the best inner place of the line.

    The best for the validation images, of which neither training nor the test knows anything.
    Tables that have no validation images have no such number.
    """
    place, factor = _PLACES[quantity]

    def of(row: Row) -> float | None:
        held_out, test = (_series(row, "curve", split) for split in ("validation", "test"))
        inner = sorted(held_out)[1:-1]
        if not inner:
            return None
        if not all(isfinite(held_out[t][0]) for t in inner):
            return nan  # a line that diverged has no best place
        best = min(inner, key=lambda t: held_out[t][0] if place == 0 else -held_out[t][1])
        return test[best][place] * factor

    return of


def minus(first: Quantity, second: Quantity) -> Quantity:
    """The difference of two numbers of a cell."""

    def of(row: Row) -> float | None:
        a, b = first(row), second(row)
        return None if a is None or b is None else a - b

    return of


def ratio(first: Quantity, second: Quantity) -> Quantity:
    """The quotient of two numbers of a cell."""

    def of(row: Row) -> float | None:
        a, b = first(row), second(row)
        return None if a is None or b is None or b == 0 else a / b

    return of


def stat(name: str) -> Quantity:
    """What the method itself says of its run: sweeps, objective, growth."""

    def of(row: Row) -> float | None:
        return _as_number(json.loads(str(row.get("stats") or "{}")).get(name))

    return of


def permuted(row: Row) -> float | None:
    """1 where every map only reorders units, else 0."""
    value = row.get("permutation")
    return None if value is None else float(bool(value))


def after(epochs: int, quantity: str) -> Quantity:
    """Test `loss` (nats) or `accuracy` (per cent) after so many epochs of training."""
    place, factor = _PLACES[quantity]

    def of(row: Row) -> float | None:
        test = _series(row, "retraining", "test")
        return test[epochs][place] * factor if epochs in test else None

    return of


def hardness(row: Row) -> float | None:
    """Share of groups of units whose transport plan is a permutation, in per cent."""
    soft, groups = stat("soft_groups")(row), stat("groups")(row)
    return None if soft is None or not groups else 100 * (1 - soft / groups)


def climb(row: Row) -> float | None:
    """The greatest rise of the training loss between neighbours of a line, walked from its end."""
    train = _series(row, "curve", "train")
    losses = [train[t][0] for t in sorted(train, reverse=True)]
    if len(losses) < 3:
        return None
    if not all(map(isfinite, losses)):
        return nan
    return max(b - a for a, b in pairwise(losses))


def climb_share(row: Row) -> float | None:
    """The same in per cent of the whole fall from the line's end to its start.

    Not a number where the loss does not fall.
    """
    rise, train = climb(row), _series(row, "curve", "train")
    if rise is None:
        return None
    fall = train[max(train)][0] - train[min(train)][0]
    return 100 * rise / fall if fall > 0 else nan


def width(row: Row) -> float | None:
    """Units of a hidden layer, or the multiple of a convolutional network's published width."""
    return sweeps.width_of(str(row.get("network_params") or ""))


def epochs(row: Row) -> float | None:
    """The epochs that the recipe names as its change."""
    return sweeps.epochs_of(str(row.get("recipe_params") or ""))


def limits_of(quantity: Quantity) -> tuple[float, float]:
    """What no value of the quantity can go below or above, so that no mean can either."""
    return _LIMITS.get(quantity, (-inf, inf))


_LIMITS: Mapping[Quantity, tuple[float, float]] = {
    **dict.fromkeys((accuracy, ece, agreement, recovered, hardness), (0, 100)),
    **dict.fromkeys((loss, barrier, seconds, error), (0, inf)),
    permuted: (0, 1),
}

_PLACES = {"loss": (0, 1), "accuracy": (1, 100)}
"""Where a quantity stands in a point of a series, and its factor."""


def _series(row: Row, name: str, split: str) -> Mapping[float, tuple[float, float]]:
    """The cell's `curve` or `retraining` on a split: place or epoch -> loss and accuracy."""
    found = row.get(name)
    return found.get(split, {}) if isinstance(found, Mapping) else {}


def _as_number(value: object, factor: float = 1) -> float | None:
    if isinstance(value, bool):
        return float(value) * factor
    if not isinstance(value, (int, float)) or isnan(value):
        return None
    return float(value) * factor
