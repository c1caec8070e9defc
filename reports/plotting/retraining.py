"""Figure: what retrained merges achieve after each epoch; one per condition and finish."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ...results.columns import HIGHEST
from ..data.condition import QUANTITIES, Condition
from ..data.families import ALONE
from ..data.named import Named
from ..data.statistics import band
from ..wording.style import REFERENCE, finish_in_words, method_styles
from . import scales
from .canvas import (
    DOUBLE,
    ENSEMBLE_LINE,
    NETWORKS_LINE,
    handle,
    marker,
    reference,
    reference_handles,
    styled,
    wrapped,
)

FEWEST_EPOCHS = 3
"""Retraining that was looked at less often is no curve: the tables hold it."""

FROM_SCRATCH = (0, (3, 1.2))


Whose = Literal["merges", "a parent", "a network from scratch"]
"""What a line of the figure is of."""


@dataclass(frozen=True)
class _Line:
    """One line of the figure: the cells that it is drawn from, how, and whose it is."""

    finish: Named
    method: Named
    handle: Line2D
    whose: Whose


def has_epochs(condition: Condition, finish: Named) -> bool:
    """Whether merges were retrained and looked at often enough for a curve."""
    return finish.name == "retrain" and any(
        len(condition.epochs(finish, method, "test", "loss").at) >= FEWEST_EPOCHS
        for method in condition.methods(finish)
    )


def whose_lines(condition: Condition, finish: Named) -> list[Whose]:
    """What the lines of the figure are of, each once: what its caption may speak of."""
    return list(dict.fromkeys(line.whose for line in _lines(condition, finish)))


@styled()
def draw_retraining(condition: Condition, finish: Named) -> Figure:
    """Test loss and accuracy after each epoch: mean over pairs with its interval.

    Networks trained from scratch for as long are drawn beside the merges; where they start is
    below the axes.
    """
    lines = _lines(condition, finish)
    handles = [line.handle for line in lines]
    count = sum(str(entry.get_label()).count("\n") + 1 for entry in handles)
    height = max(2.2, 0.3 + 0.13 * count)
    figure = Figure(figsize=(DOUBLE, height + 0.45), layout="constrained")
    axes = figure.subplots(1, 3, width_ratios=(1, 1, 0.66))
    for quantity, panel in zip(QUANTITIES, axes, strict=False):
        _retraining_panel(panel, condition, finish, quantity, lines)
    axes[2].set_axis_off()
    axes[2].legend(handles=handles, loc="center left", bbox_to_anchor=(-0.12, 0.5))
    figure.legend(handles=reference_handles(), loc="outside lower center", ncols=2)
    return figure


def _lines(condition: Condition, finish: Named) -> list[_Line]:
    """The lines of which there is anything to draw."""
    return [
        line
        for line in _possible_lines(condition, finish)
        if any(
            condition.epochs(line.finish, line.method, "test", quantity)[1].size
            for quantity in QUANTITIES
        )
    ]


def _possible_lines(condition: Condition, finish: Named) -> Iterator[_Line]:
    for method in condition.methods(finish):
        look = method_styles(condition.line_up)[method]
        whose: Whose = "a parent" if method.name == ALONE else "merges"
        yield _Line(finish, method, handle(look, wrapped(look.label, 27)), whose)
    last = _last(condition, finish)
    for other in condition.finishes:
        if other.name == "scratch" and _last(condition, other) == last:
            entry = Line2D(
                [], [], color=REFERENCE, linestyle=FROM_SCRATCH, label=finish_in_words(other)
            )
            yield _Line(other, condition.methods(other)[0], entry, "a network from scratch")


def _last(condition: Condition, finish: Named) -> float:
    """The last epoch of a finish."""
    epochs = [condition.epochs(finish, m, "test", "loss").at for m in condition.methods(finish)]
    return max((float(found.max()) for found in epochs if len(found)), default=0.0)


def _retraining_panel(
    axes: Axes, condition: Condition, finish: Named, quantity: str, lines: list[_Line]
) -> None:
    seen, ticks = [], set()
    for line in lines:
        epochs, values, pairs = condition.epochs(line.finish, line.method, "test", quantity)
        if not values.size:
            continue
        centre, low, high = band(values, pairs, HIGHEST[quantity])
        look, own = method_styles(condition.line_up)[line.method], line.finish == finish
        colour, style = line.handle.get_color(), line.handle.get_linestyle()
        axes.fill_between(epochs, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(epochs, centre, color=colour, linestyle=style, **(marker(look) if own else {}))
        seen.append(values[:, 0 if own else 1 :].ravel())
        ticks |= set(epochs.tolist())
    for column, dashes in (
        (f"test_{quantity}_mean", NETWORKS_LINE),
        (f"test_ensemble_{quantity}", ENSEMBLE_LINE),
    ):
        if found := condition.values(column, finish):
            value = float(np.mean(list(found.values())))
            reference(axes, value, dashes)
            seen.append(np.array([value]))
    _limit(axes, quantity, np.concatenate(seen))
    axes.set_title("test loss (nats)" if quantity == "loss" else "test accuracy")
    axes.set_xlabel("epochs of training after the merge")
    axes.set_xscale("symlog", linthresh=1, linscale=0.5)
    axes.set_xlim(-0.1, max(ticks) * 1.15)
    axes.xaxis.set_major_locator(FixedLocator(sorted(ticks)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(scales.plain_number))


def _limit(axes: Axes, quantity: str, values: np.ndarray) -> None:
    """The vertical axis for `values`, with a little room."""
    if quantity == "loss":
        scales.loss_axis(axes, values)
        if axes.get_yscale() == "log":
            axes.set_ylim(values.min() / 1.15, values.max() * 1.15)
            return
    room = 0.05 * float(values.max() - values.min() or 1)
    axes.set_ylim(values.min() - room, values.max() + room)
    if quantity == "accuracy":
        scales.accuracy_axis(axes, values)
