"""Figure: the share of planted units that are found, against the noise; a panel per network."""

from collections.abc import Sequence
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from ..data.condition import Condition
from ..data.grid import GridResults
from ..data.recovery import at_noise, noises
from ..wording.style import method_styles
from .canvas import DOUBLE, banded, handle, styled

PANELS_IN_A_ROW = 3
"""Panels side by side."""


@styled()
def draw_recovery(grid: GridResults) -> Figure | None:
    """Mean over seeds with its interval, a line per method; `None` where nothing was planted."""
    conditions = [s for s in grid.conditions if s.values("recovered")]
    if not conditions:
        return None
    methods = [
        m for m in method_styles(conditions[0].line_up) if any(m in s.methods() for s in conditions)
    ]
    handles = [handle(method_styles(conditions[0].line_up)[method]) for method in methods]
    columns = min(PANELS_IN_A_ROW, len(conditions))
    rows = ceil(len(conditions) / columns)
    legend = 0.13 * sum(str(h.get_label()).count("\n") + 1 for h in handles) / PANELS_IN_A_ROW
    figure = Figure(figsize=(DOUBLE, 1.75 * rows + legend + 0.5), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    levels = sorted({noise for condition in conditions for noise in noises(condition)})
    for place, (axes, condition) in enumerate(zip(panels, conditions, strict=False)):
        _recovery_panel(axes, condition, levels)
        axes.set_title(condition.network)
        if place + columns >= len(conditions):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("noise (deviations of each tensor)")
        if place % columns == 0:
            axes.set_ylabel("units recovered")
    for axes in panels[len(conditions) :]:
        axes.set_axis_off()
    figure.legend(handles=handles, loc="outside lower center", ncols=PANELS_IN_A_ROW)
    return figure


def _recovery_panel(axes: Axes, condition: Condition, levels: Sequence[float]) -> None:
    places = list(range(len(levels)))  # evenly spaced: the smallest levels would else coincide
    for method in condition.methods():
        look = method_styles(condition.line_up)[method]
        found = [at_noise(condition, method, noise, "recovered") for noise in levels]
        banded(axes, places, found, look)
    axes.set_xticks(places, [f"{noise:g}" for noise in levels])
    axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
