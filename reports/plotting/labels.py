"""Names at the ends of lines, where a legend would have the eye go to and fro."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from .canvas import literal, wrapped

TALL = 0.088
"""Height of a line of such text, in inches."""

LONGEST_NAME = 34
"""Characters of a line of a name: a longer one leaves nothing for the drawing."""


def name_lines(
    axes: Axes, names: Sequence[str], colours: Sequence[str], ends: Sequence[float], height: float
) -> None:
    """Write each name beside the right edge at the height where its line ends, none over another.

    `ends` are in the units of the vertical axis, whose scale and limits are set; `height` is the
    drawing's in inches. What would overlap is moved apart, in the order of the ends. A long name
    goes on below, after a comma.
    """
    names = [literal(wrapped(name, LONGEST_NAME), LONGEST_NAME) for name in names]
    heights = [TALL * (name.count("\n") + 1) for name in names]
    low, high = axes.get_ylim()
    low, high = axes.transScale.transform([(1, low), (1, high)])[:, 1]
    at = axes.transScale.transform([(1, end) for end in ends])[:, 1]
    shares = (at - low) / (high - low)
    places = spread(shares.clip(0, 1), np.array(heights) / height)
    for name, colour, place in zip(names, colours, places, strict=True):
        axes.text(
            1.02,
            place,
            name,
            color=colour,
            fontsize=6,
            va="center",
            linespacing=1.05,
            transform=axes.transAxes,
        )


def spread(places: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Places moved as little as keeps their order and things of these heights off one another.

    The mean of every crowd stays where it is (pool adjacent violators).
    """
    order = np.argsort(places, kind="stable")
    tall = heights[order]
    steps = np.cumsum((tall + np.roll(tall, 1)) / 2) - (tall[:1] + tall[-1:]) / 2
    groups: list[tuple[float, int]] = []  # mean of its places less their steps, and size
    for place in places[order] - steps:
        groups.append((float(place), 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, n), (b, m) = groups.pop(-2), groups.pop(-1)
            groups.append(((a * n + b * m) / (n + m), n + m))
    level = np.repeat([mean for mean, _ in groups], [size for _, size in groups])
    found = np.empty(len(places))
    found[order] = level + steps
    return found
