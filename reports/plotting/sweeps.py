"""Figure: the barrier of every method against the width, or against the epochs of training."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ..data.families import ALONE, CONTROLS, NOTHING, finish_order
from ..data.named import Named
from ..data.sweeps import FEWEST, Sweep
from ..wording.style import method_styles
from . import scales
from .canvas import DOUBLE, banded, styled, wrapped
from .labels import name_lines

SWEPT_COLUMN = "test_barrier_chord_loss"

TALL_PANEL = 1.7
"""Inches of a panel's drawing."""

MOST_TICKS = 8


def swept_finishes(sweep: Sweep) -> list[Named]:
    """The finishes with a barrier in enough conditions of the sweep."""
    having = [
        finish
        for setting in sweep.members
        for finish in setting.finishes
        if finish.name not in CONTROLS and setting.values(SWEPT_COLUMN, finish)
    ]
    return sorted({f for f in having if having.count(f) >= FEWEST}, key=finish_order)


def swept_methods(sweep: Sweep, finish: Named) -> list[Named]:
    """The methods with a barrier in enough of its conditions, in the order of their table."""
    counts = {
        method: sum(bool(setting.values(SWEPT_COLUMN, finish, method)) for setting in sweep.members)
        for method in method_styles(sweep.members[0].line_up)
        if method.name != ALONE
    }
    return [method for method, count in counts.items() if count >= FEWEST]


@styled()
def draw_sweep(sweep: Sweep, finish: Named) -> Figure | None:
    """Mean over pairs (line), its interval (band), and every pair (points); a line per method.

    `None` where no method has enough conditions.
    """
    if not swept_methods(sweep, finish):
        return None
    figure = Figure(figsize=(DOUBLE, TALL_PANEL + 0.75), layout="constrained")
    axes = figure.subplots()
    _sweep_panel(axes, sweep, finish, swept_methods(sweep, finish))
    axes.set_ylabel("test-loss barrier (nats)")
    return figure


@styled()
def draw_sweeps(shown: Sequence[Sweep], one_scale: bool = False) -> Figure | None:
    """Several sweeps as merged, two panels abreast, each with a scale of its own or all with one.

    Without maps that were found on other networks.
    """
    shown = [sweep for sweep in shown if _own(sweep)]
    if not shown:
        return None
    rows = ceil(len(shown) / 2)
    figure = Figure(figsize=(DOUBLE, (TALL_PANEL + 0.6) * rows + 0.1), layout="constrained")
    panels = figure.subplots(rows, 2, squeeze=False, sharey=one_scale)
    scale = [value for sweep in shown for value in _values(sweep)] if one_scale else None
    for place, axes in enumerate(panels.flat):
        if place >= len(shown):
            axes.set_axis_off()
            continue
        _sweep_panel(axes, shown[place], NOTHING, _own(shown[place]), scale)
        if place % 2 == 0:
            axes.set_ylabel("test-loss barrier (nats)")
    return figure


def _own(sweep: Sweep) -> list[Named]:
    return [m for m in swept_methods(sweep, NOTHING) if not m.maps_from]


def _values(sweep: Sweep) -> list[float]:
    """The barriers of every pair and method that its panel has."""
    samples = (
        setting.values(SWEPT_COLUMN, NOTHING, method)
        for setting in sweep.members
        for method in _own(sweep)
    )
    return [value for sample in samples for value in sample.values()]


def _sweep_panel(
    axes: Axes,
    sweep: Sweep,
    finish: Named,
    methods: Sequence[Named],
    scale: Sequence[float] | None = None,
) -> None:
    looks = method_styles(sweep.members[0].line_up)
    seen, ends = [], []
    for method in methods:
        look, places = looks[method], []
        for value, setting in zip(sweep.values, sweep.members, strict=True):
            if sample := setting.values(SWEPT_COLUMN, finish, method):
                places.append((value, setting.mean(SWEPT_COLUMN, finish, method)))
                pairs = list(sample.values())
                seen += pairs
                axes.plot(
                    [value] * len(pairs), pairs, ".", color=look.colour, alpha=0.25, markersize=2
                )
        banded(axes, [value for value, _ in places], [found for _, found in places], look)
        ends.append(places[-1][1].estimate)
    scales.barrier_axis(axes, np.array(seen if scale is None else scale), vertical=True)
    if sweep.over == "width":
        axes.set_xscale("log", base=2)
        axes.xaxis.set_minor_locator(NullLocator())
    values = sorted(set(sweep.values))
    axes.xaxis.set_major_locator(FixedLocator(values[:: ceil(len(values) / MOST_TICKS)]))
    axes.xaxis.set_major_formatter(FuncFormatter(scales.plain_number))
    axes.set_xlabel("width" if sweep.over == "width" else "epochs of training")
    axes.set_title(wrapped(f"{sweep.members[0].dataset}, {_what(sweep)}", 44))
    name_lines(
        axes,
        [looks[m].label for m in methods],
        [looks[m].colour for m in methods],
        ends,
        TALL_PANEL,
    )


def _what(sweep: Sweep) -> str:
    """Its networks, and of those in training only how they are called."""
    return sweep.range if sweep.over == "width" else sweep.members[0].network
