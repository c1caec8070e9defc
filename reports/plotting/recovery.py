"""Figure: the share of planted units that each method finds, under every level of noise."""

from collections.abc import Sequence
from math import ceil, isfinite

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..data.condition import Condition
from ..data.grid import GridResults
from ..data.named import Named
from ..data.recovery import at_noise, noises
from ..wording.style import method_styles
from .canvas import DOUBLE, literal, styled

PANELS_IN_A_ROW = 3
"""Panels side by side."""

TALL_ROW = 0.125
"""Inches of a row."""


@styled()
def draw_recovery(grid: GridResults) -> Figure | None:
    """Per cent of units, a row a method and a column a level; `None` where nothing was planted.

    The same rows in every panel, the best on the whole on top. Numbers and not lines: most methods
    find all units at most levels, and lines would lie on each other.
    """
    conditions = [s for s in grid.conditions if s.values("recovered")]
    if not conditions:
        return None
    levels = sorted({noise for condition in conditions for noise in noises(condition)})
    found = {c: _shares(c, levels) for c in conditions}
    looks = method_styles(conditions[0].line_up)
    methods = [m for m in looks if any(m in shares for shares in found.values())]
    methods.sort(key=lambda m: -_overall(m, list(found.values())))
    columns = min(PANELS_IN_A_ROW, len(conditions))
    rows = ceil(len(conditions) / columns)
    height = (TALL_ROW * len(methods) + 0.5) * rows + 0.25
    figure = Figure(figsize=(DOUBLE, height), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for place, axes in enumerate(panels.flat):
        if place >= len(conditions):
            axes.set_axis_off()
            continue
        condition = conditions[place]
        _recovery_panel(axes, found[condition], methods)
        axes.set_title(literal(condition.network, 34))
        axes.set_xticks(range(len(levels)), [f"{noise:g}" for noise in levels])
        axes.tick_params(length=0, labelbottom=place + columns >= len(conditions))
    panels[0, 0].set_yticks(range(len(methods)), [literal(looks[m].label, 36) for m in methods])
    for axes in panels[:, 0]:
        for text, method in zip(axes.get_yticklabels(), methods, strict=True):
            text.set_color(looks[method].colour)
    figure.supxlabel("noise (deviations of each tensor)", fontsize=7)
    return figure


def _shares(condition: Condition, levels: Sequence[float]) -> dict[Named, list[float]]:
    """Method -> the mean share at each level."""
    return {
        method: [at_noise(condition, method, noise, "recovered").estimate for noise in levels]
        for method in condition.methods()
    }


def _overall(method: Named, found: Sequence[dict[Named, list[float]]]) -> float:
    """The mean share over the networks that it was tried on."""
    return float(np.nanmean([shares[method] for shares in found if method in shares]))


def _recovery_panel(axes: Axes, shares: dict[Named, list[float]], methods: Sequence[Named]) -> None:
    """Numbers on a ground that is the darker, the more are found."""
    empty = [np.nan] * len(next(iter(shares.values())))
    image = np.array([shares.get(method, empty) for method in methods])
    axes.imshow(image, cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    for (row, column), value in np.ndenumerate(image):
        if isfinite(value):
            axes.text(column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=5.5)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
