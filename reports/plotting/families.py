"""Figure: what methods leave of the barrier of plain averages, against width, in one frame."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from ..data.families import FAMILIES
from ..data.named import Named
from ..data.sweeps import FEWEST, Sweep, left_by
from ..wording.style import MARKERS, MethodStyle, family
from . import scales
from .canvas import DOUBLE, marker, reference, styled
from .labels import name_lines

METHODS = ("weight-matching", "activation-matching")
"""A panel each: Git Re-Basin's two that every family of networks has."""

PALETTE = tuple(each.colour for each in FAMILIES.values())

TALL = 2.6
"""Inches of the drawing."""


@styled()
def draw_families(shown: Sequence[Sweep]) -> Figure | None:
    """A line a sweep over the width, from its narrowest networks on: means over pairs.

    Without intervals, which would lie over one another: each sweep has a panel of its own elsewhere
    (`draw_sweeps`). `None` where no method has two sweeps.
    """
    shown = [sweep for sweep in shown if sweep.over == "width"]
    panels = {name: _lines(shown, name) for name in METHODS}
    panels = {name: lines for name, lines in panels.items() if len(lines) > 1}
    if not panels:
        return None
    figure = Figure(figsize=(DOUBLE, TALL + 0.75), layout="constrained")
    every = figure.subplots(1, len(panels), squeeze=False, sharey=True).flat
    for axes, (name, lines) in zip(every, panels.items(), strict=True):
        _draw(axes, lines)
        axes.set_title(family(name).label)
    low, high = every[0].get_ylim()
    every[0].set_ylim(min(low, 0.0), high)
    every[0].set_ylabel("barrier, as a share of that of plain averages")
    for axes, lines in zip(every, panels.values(), strict=True):  # once the limits are known
        ends = [found[-1][1] for _, found in lines.values()]
        names = [f"from {s.members[0].network}, {s.members[0].dataset}" for s, _ in lines.values()]
        name_lines(axes, names, [_colour(place) for place in lines], ends, TALL)
    return figure


def _colour(place: int) -> str:
    return PALETTE[place % len(PALETTE)]


Line = tuple[Sweep, list[tuple[float, float]]]
"""A sweep, and at its widths the share that is left."""


def _lines(shown: Sequence[Sweep], name: str) -> dict[int, Line]:
    """Of each sweep, by its place, what the plainest method of this name leaves."""
    found: dict[int, Line] = {}
    for place, sweep in enumerate(shown):
        if method := _plainest(sweep, name):
            found[place] = sweep, left_by(sweep, method)
    return found


def _plainest(sweep: Sweep, name: str) -> Named | None:
    """The method of this name with the fewest settings that most of the sweep has."""
    own = [m for m in sweep.members[0].line_up if m.name == name and not m.maps_from]
    measured = [m for m in own if len(left_by(sweep, m)) >= FEWEST]
    return min(measured, key=lambda m: len(m.parameters), default=None)


def _draw(axes: Axes, lines: dict[int, Line]) -> None:
    steps: set[float] = set()
    for place, (sweep, found) in lines.items():
        shape = MARKERS[place % len(MARKERS)]
        look = MethodStyle(sweep.range, "", _colour(place), shape, place % 2 == 0)
        at = [value / sweep.values[0] for value, _ in found]
        axes.plot(at, [share for _, share in found], color=look.colour, **marker(look))
        steps.update(at)
    reference(axes, 1.0, (0, (1, 1.2)))
    axes.set_xscale("log", base=2)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(sorted(steps)))
    axes.xaxis.set_major_formatter(FuncFormatter(scales.plain_number))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("width, in multiples of the narrowest")
