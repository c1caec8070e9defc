"""Figures: barriers against the width or the epochs of training, and all families in one frame."""

from collections.abc import Sequence
from math import ceil
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from ..data.condition import BARRIER
from ..data.families import ALONE, CONTROLS, FAMILIES, NOTHING, finish_order
from ..data.named import Named
from ..data.sweeps import FEWEST, Sweep, left_by
from ..wording.style import MARKERS, MethodStyle, family, method_styles
from . import scales
from .canvas import DOUBLE, LONGEST_LINE, banded, literal, marker, reference, styled
from .labels import name_lines

TALL_PANEL = 1.7
"""Inches of a panel's drawing."""

LONGEST_TITLE = 44
"""Characters of a line above one of two panels, which begins where its drawing does."""

TITLE_LINE = 0.125
"""Inches of a line of a title."""

MOST_TICKS = 8

TALL_FRAME = 2.6
"""Inches of the drawing of all families."""

COMPARED = ("weight-matching", "activation-matching")
"""The methods of its panels: Git Re-Basin's two that every family of networks has."""

PALETTE = tuple(each.colour for each in FAMILIES.values())

Line = tuple[Sweep, list[tuple[float, float]]]
"""A sweep, and at its widths the share that is left."""


def swept_finishes(sweep: Sweep) -> list[Named]:
    """The finishes with a barrier in enough conditions of the sweep."""
    having = [
        finish
        for setting in sweep.members
        for finish in setting.finishes
        if finish.name not in CONTROLS and setting.values(BARRIER, finish)
    ]
    return sorted({f for f in having if having.count(f) >= FEWEST}, key=finish_order)


def swept_methods(sweep: Sweep, finish: Named) -> list[Named]:
    """The methods with a barrier in enough of its conditions, in the order of their table."""
    counts = {
        method: sum(bool(setting.values(BARRIER, finish, method)) for setting in sweep.members)
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
    title = _title(sweep, LONGEST_LINE)
    figure = Figure(figsize=(DOUBLE, TALL_PANEL + 0.75 + _further([title])), layout="constrained")
    axes = figure.subplots()
    _sweep_panel(axes, sweep, finish, swept_methods(sweep, finish), title)
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
    titles = [_title(sweep) for sweep in shown]
    rows = ceil(len(shown) / 2)
    further = sum(_further(titles[start : start + 2]) for start in range(0, len(shown), 2))
    height = (TALL_PANEL + 0.6) * rows + 0.1 + further
    figure = Figure(figsize=(DOUBLE, height), layout="constrained")
    panels = figure.subplots(rows, 2, squeeze=False, sharey=one_scale)
    scale = [value for sweep in shown for value in _values(sweep)] if one_scale else None
    for place, axes in enumerate(panels.flat):
        if place >= len(shown):
            axes.set_axis_off()
            continue
        _sweep_panel(axes, shown[place], NOTHING, _own(shown[place]), titles[place], scale)
        if place % 2 == 0:
            axes.set_ylabel("test-loss barrier (nats)")
    return figure


def _own(sweep: Sweep) -> list[Named]:
    return [m for m in swept_methods(sweep, NOTHING) if not m.maps_from]


def _values(sweep: Sweep) -> list[float]:
    """The barriers of every pair and method that its panel has."""
    samples = (
        setting.values(BARRIER, NOTHING, method)
        for setting in sweep.members
        for method in _own(sweep)
    )
    return [value for sample in samples for value in sample.values()]


def _sweep_panel(
    axes: Axes,
    sweep: Sweep,
    finish: Named,
    methods: Sequence[Named],
    title: str,
    scale: Sequence[float] | None = None,
) -> None:
    looks = method_styles(sweep.members[0].line_up)
    seen, ends = [], []
    for method in methods:
        look, places = looks[method], []
        for value, setting in zip(sweep.values, sweep.members, strict=True):
            if sample := setting.values(BARRIER, finish, method):
                places.append((value, setting.mean(BARRIER, finish, method)))
                pairs = list(sample.values())
                seen += pairs
                axes.plot(
                    [value] * len(pairs), pairs, ".", color=look.colour, alpha=0.25, markersize=2
                )
        banded(axes, [value for value, _ in places], [found for _, found in places], look)
        ends.append(places[-1][1].estimate)
    scales.barrier_axis(axes, np.array(seen if scale is None else scale), vertical=True)
    _value_axis(axes, sorted(set(sweep.values)), sweep.over)
    axes.set_xlabel("width" if sweep.over == "width" else "epochs of training")
    axes.set_title(title, loc="left")
    name_lines(
        axes,
        [looks[m].label for m in methods],
        [looks[m].colour for m in methods],
        ends,
        TALL_PANEL,
    )


def _title(sweep: Sweep, longest: int = LONGEST_TITLE) -> str:
    """What a panel is of, on lines of so many characters."""
    what = f"{sweep.members[0].dataset}, {_what(sweep)}"
    lines = fill(what, longest, break_long_words=False, break_on_hyphens=False)
    return literal(lines, longest)


def _further(titles: Sequence[str]) -> float:
    """Inches that the tallest of these titles takes above one line."""
    return TITLE_LINE * max(title.count("\n") for title in titles)


def _value_axis(axes: Axes, values: Sequence[float], over: str) -> None:
    """The axis of a sweep's values, whose ticks are some of these; widths double."""
    if over == "width":
        axes.set_xscale("log", base=2)
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(values[:: ceil(len(values) / MOST_TICKS)]))
    axes.xaxis.set_major_formatter(FuncFormatter(scales.plain_number))


def _what(sweep: Sweep) -> str:
    """Its networks, and of those in training only how they are called."""
    return sweep.range if sweep.over == "width" else sweep.members[0].network


@styled()
def draw_families(shown: Sequence[Sweep]) -> Figure | None:
    """A line a sweep over the width, from its narrowest networks on: means over pairs.

    Without intervals, which would lie over one another: each sweep has a panel of its own in
    `draw_sweeps`. `None` where no method has two sweeps.
    """
    shown = [sweep for sweep in shown if sweep.over == "width"]
    panels = {name: _lines(shown, name) for name in COMPARED}
    panels = {name: lines for name, lines in panels.items() if len(lines) > 1}
    if not panels:
        return None
    figure = Figure(figsize=(DOUBLE, TALL_FRAME + 0.75), layout="constrained")
    every = figure.subplots(1, len(panels), squeeze=False, sharey=True).flat
    for axes, (name, lines) in zip(every, panels.items(), strict=True):
        _draw_lines(axes, lines)
        axes.set_title(family(name).label)
    low, high = every[0].get_ylim()
    every[0].set_ylim(min(low, 0.0), high)
    every[0].set_ylabel("barrier, as a share of that of plain averages")
    for axes, lines in zip(every, panels.values(), strict=True):  # once the limits are known
        ends = [found[-1][1] for _, found in lines.values()]
        names = [f"from {s.members[0].network}, {s.members[0].dataset}" for s, _ in lines.values()]
        name_lines(axes, names, [_colour(place) for place in lines], ends, TALL_FRAME)
    return figure


def _colour(place: int) -> str:
    return PALETTE[place % len(PALETTE)]


def _lines(shown: Sequence[Sweep], name: str) -> dict[int, Line]:
    """Of each sweep, by its place, what the method of this name with the fewest settings leaves."""
    found: dict[int, Line] = {}
    for place, sweep in enumerate(shown):
        own = [method for method in _own(sweep) if method.name == name]
        if own and (left := left_by(sweep, min(own, key=lambda m: len(m.parameters)))):
            found[place] = sweep, left
    return found


def _draw_lines(axes: Axes, lines: dict[int, Line]) -> None:
    steps: set[float] = set()
    for place, (sweep, found) in lines.items():
        shape = MARKERS[place % len(MARKERS)]
        look = MethodStyle(sweep.range, "", _colour(place), shape, place % 2 == 0)
        at = [value / sweep.values[0] for value, _ in found]
        axes.plot(at, [share for _, share in found], color=look.colour, **marker(look))
        steps.update(at)
    reference(axes, 1.0, (0, (1, 1.2)))
    _value_axis(axes, sorted(steps), "width")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("width, in multiples of the narrowest")
