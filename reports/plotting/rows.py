"""Panels that share their rows: a method a row, named at its left in its own colour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..data.statistics import Interval
from ..wording.style import MethodStyle
from .canvas import DOUBLE, SINGLE, literal, marker, wrapped

NARROW, WIDE = 26, 40
"""Characters of a line of a name, where panels take one column or two."""


@dataclass(frozen=True, eq=False)
class Rows:
    """A figure with its panels, and the height at which each row is drawn."""

    figure: Figure
    panels: Sequence[Axes]
    places: Sequence[float]


def rows_of_panels(
    labels: Sequence[str],
    colours: Sequence[str],
    panels: int,
    foot: float = 0.75,
    sharex: bool = False,
) -> Rows:
    """Empty panels side by side, `foot` inches for titles and axes.

    One panel takes one column, where names leave room for it.
    """
    fits = max(len(line) for text in labels for line in wrapped(text, NARROW).splitlines())
    width = SINGLE if panels == 1 and fits <= NARROW else DOUBLE
    room = NARROW if width == SINGLE else WIDE
    written = [literal(wrapped(label, room), room + 10) for label in labels]
    heights = np.array([0.06 + 0.11 * len(label.splitlines()) for label in written])  # inches
    places = heights.cumsum() - heights / 2
    figure = Figure(figsize=(width, foot + heights.sum()), layout="constrained")
    axes = figure.subplots(1, panels, sharex=sharex, sharey=True, squeeze=False)[0]
    for each in axes:
        each.set_ylim(heights.sum(), 0)
        each.tick_params(axis="y", length=0)
    axes[0].set_yticks(places, written)
    for text, colour in zip(axes[0].get_yticklabels(), colours, strict=True):
        text.set_color(colour)
    return Rows(figure, list(axes), places.tolist())


def dot(
    axes: Axes, place: float, found: Interval, look: MethodStyle, values: Iterable[float] = ()
) -> list[float]:
    """A mean with its interval and, as strokes, its values; all that was drawn, to scale by.

    Few values are drawn themselves, since there is no interval of them.
    """
    values = list(values) or list(found.values)
    axes.plot(
        values,
        [place] * len(values),
        color=look.colour,
        linestyle="none",
        marker="|",
        markersize=6,
        markeredgewidth=0.7,
    )
    axes.plot([found.low, found.high], [place] * 2, color=look.colour)
    axes.plot([found.estimate], [place], color=look.colour, **marker(look))
    return [*values, found.estimate, found.low, found.high]
