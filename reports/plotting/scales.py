"""Axes for numbers of very different size."""

from functools import partial
from math import floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

_LEVELS = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 1)
_UNITS = ((1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def accuracy_axis(axes: Axes, values: np.ndarray, vertical: bool = True) -> None:
    """An axis for accuracies in [0, 1], labelled in per cent.

    Straight where they lie close together, or the shares of errors do. Where some method loses
    much, the share of errors is drawn on a logarithmic scale: 98 % and 99 % are then as far apart
    as 80 % and 90 %. No error at all is drawn at half the smallest share of errors that occurs.
    """
    axis = axes.yaxis if vertical else axes.xaxis
    set_scale, set_limits = (
        (axes.set_yscale, axes.set_ylim) if vertical else (axes.set_xscale, axes.set_xlim)
    )
    errors = 1 - values[np.isfinite(values)]
    some = errors[errors > 1e-9]
    least = float(some.min(initial=1)) / (1 if len(some) == len(errors) else 2)
    most = float(some.max(initial=least))
    if not len(errors) or np.ptp(errors) < 0.1 or most < 5 * least:
        axis.set_major_formatter(FuncFormatter(_per_cent))
        if not vertical:
            axis.set_major_locator(MaxNLocator(4))
        return
    margin = (most / least) ** 0.05
    floor_, most = least / margin, min(most * margin, 1.0)
    forward = partial(_nines, floor_=floor_)
    bottom, top = -log10(most), -log10(floor_)
    set_scale("function", functions=(forward, _share))
    set_limits(1 - most, 1 - floor_)
    axis.set_major_locator(FixedLocator(_spaced(forward, bottom, top, 0.11 if vertical else 0.22)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(_per_cent))


def loss_axis(axes: Axes, values: np.ndarray, vertical: bool = True) -> None:
    """An axis for losses: logarithmic where the greatest dwarfs the smallest."""
    values = values[np.isfinite(values) & (values > 0)]
    if len(values) and values.max() > 8 * values.min():
        axis = axes.yaxis if vertical else axes.xaxis
        (axes.set_yscale if vertical else axes.set_xscale)("log")
        axis.set_major_formatter(FuncFormatter(plain_number))
        axis.set_minor_formatter(NullFormatter())


def barrier_axis(axes: Axes, values: np.ndarray, vertical: bool = False) -> None:
    """An axis for barriers: logarithmic away from zero where one dwarfs the others."""
    axis = axes.yaxis if vertical else axes.xaxis
    values = values[np.isfinite(values)]
    highest = float(values.max(initial=0.0))
    if highest <= 8 * max(float(np.median(values)) if len(values) else 0.0, 1e-3):
        axis.set_major_locator(MaxNLocator(4))
        return
    linear = min(10.0 ** (floor(log10(highest)) - 2), 0.01)
    decades = range(round(log10(linear)), floor(log10(highest)) + 1)
    set_scale, set_limits = (
        (axes.set_yscale, axes.set_ylim) if vertical else (axes.set_xscale, axes.set_xlim)
    )
    set_scale("symlog", linthresh=linear, linscale=0.7)
    set_limits(min(-0.3 * linear, 1.3 * float(values.min())), highest * 1.8)
    step = -(-len(decades) // 4)
    axis.set_major_locator(FixedLocator([0.0, *(10.0**d for d in decades[::step])]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(plain_number))


def seconds_axis(axes: Axes, values: np.ndarray) -> None:
    """A logarithmic horizontal axis for durations, with few ticks and their units."""
    values = values[np.isfinite(values) & (values > 0)]
    wide = len(values) > 0 and values.max() > 1e4 * values.min()
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(base=1000 if wide else 10, numticks=5))
    axes.xaxis.set_minor_locator(LogLocator(base=10, numticks=20))
    axes.xaxis.set_major_formatter(FuncFormatter(_duration))
    axes.xaxis.set_minor_formatter(NullFormatter())


def plain_number(value: float, _: int = 0) -> str:
    """The label of a tick: a number as it is written."""
    return f"{value:g}"


# What an axis keeps are functions of a module, so that a figure can go to another process.


def _per_cent(value: float, _: int = 0) -> str:
    return f"{100 * value:.4g} %"


def _nines(share: np.ndarray, floor_: float) -> np.ndarray:
    """Decimal places of a share's distance from one, which is `floor_` at least."""
    return -np.log10(np.maximum(1 - np.asarray(share, dtype=np.float64), floor_))


def _share(nines: np.ndarray) -> np.ndarray:
    return 1 - 10.0**-nines


def _duration(value: float, _: int = 0) -> str:
    size, unit = next((u for u in _UNITS if value >= u[0] * 0.999), _UNITS[-1])
    return f"{value / size:.3g} {unit}"


def _spaced(forward, bottom: float, top: float, apart: float) -> list[float]:
    """Levels between `bottom` and `top` (on the scale), `apart` of that from one another."""
    found: list[float] = []
    for level in _LEVELS:
        place = float(forward(np.array(level)))
        room = not found or place - float(forward(np.array(found[-1]))) > apart * (top - bottom)
        if bottom <= place <= top and room:
            found.append(level)
    return found
