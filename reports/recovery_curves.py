"""Figure: the share of planted units that are found, against the noise; a panel a network."""

from collections.abc import Sequence
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from .canvas import DOUBLE, banded, handle, styled
from .condition import Setting
from .grid import Grid
from .recovery_table import at_noise, noises

COLUMNS = 3
"""Panels side by side."""


@styled()
def draw(grid: Grid) -> Figure | None:
    """Mean over seeds with its interval, a line a method; `None` where nothing was planted."""
    settings = [s for s in grid.settings if s.values("recovered")]
    if not settings:
        return None
    methods = [m for m in settings[0].looks if any(m in s.methods() for s in settings)]
    handles = [handle(settings[0].looks[method]) for method in methods]
    columns = min(COLUMNS, len(settings))
    rows = ceil(len(settings) / columns)
    legend = 0.13 * sum(str(h.get_label()).count("\n") + 1 for h in handles) / COLUMNS
    figure = Figure(figsize=(DOUBLE, 1.75 * rows + legend + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    levels = sorted({noise for setting in settings for noise in noises(setting)})
    for place, (axes, setting) in enumerate(zip(panels, settings, strict=False)):
        _panel(axes, setting, levels)
        axes.set_title(setting.network)
        if place + columns >= len(settings):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("noise (deviations of each tensor)")
        if place % columns == 0:
            axes.set_ylabel("units recovered")
    for axes in panels[len(settings) :]:
        axes.set_axis_off()
    figure.legend(handles=handles, loc="outside lower center", ncols=COLUMNS)
    return figure


def _panel(axes: Axes, setting: Setting, levels: Sequence[float]) -> None:
    places = list(range(len(levels)))  # evenly spaced: the smallest levels would else coincide
    for method in setting.methods():
        look = setting.looks[method]
        found = [at_noise(setting, method, noise, "recovered") for noise in levels]
        banded(axes, places, found, look)
    axes.set_xticks(places, [f"{noise:g}" for noise in levels])
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
