"""Figure: from OTFusion as released to activation matching, one switch at a time."""

from collections.abc import Sequence
from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ...results.ladder import LADDER
from ..data.grid import GridResults
from ..data.named import Named
from ..data.quantities import accuracy, agreement
from ..data.statistics import Interval
from ..judging.catalogue.selections import AM, FULL, RUNGS
from ..judging.cells import rows
from ..judging.statistics import Difference, Mean
from ..wording.style import family
from .canvas import DOUBLE, REFERENCE, styled


@styled()
def draw_ladder(grid: GridResults) -> Figure | None:
    """Agreement with activation matching, and the accuracy of the merge; `None` without a rung."""
    results = {grid.name: rows(grid)}
    here = replace(FULL, grid=grid.name)

    def same(method: Named) -> Interval:
        cells = replace(here, finish=None, split=None, method=method, against=AM)
        return Mean(agreement, cells).of(results)

    def gained(method: Named) -> Interval:
        ours, theirs = (replace(here, method=m) for m in (method, AM))
        return Difference(accuracy, ours, theirs).of(results)

    agreed = [same(method) for method in RUNGS]
    if not any(found.n for found in agreed):
        return None
    figure = Figure(figsize=(DOUBLE, 2.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _ladder_panel(left, agreed, "units with the partner that\nactivation matching gives (%)")
    _ladder_panel(
        right,
        [gained(method) for method in RUNGS],
        "accuracy of the merge minus that of\nactivation matching (points)",
    )
    left.set_xlim(-3, 103)
    right.axvline(0, color=REFERENCE, linewidth=0.8)
    left.set_yticks(range(len(RUNGS)), [rung.switch for rung in LADDER])
    left.invert_yaxis()
    return figure


def _ladder_panel(axes: Axes, found: Sequence[Interval], title: str) -> None:
    colour = family(RUNGS[0].name).colour
    axes.plot([f.estimate for f in found], range(len(found)), color=colour, alpha=0.4)
    for place, each in enumerate(found):
        axes.plot([each.low, each.high], [place, place], color=colour, linewidth=1.4)
        axes.plot([each.estimate], [place], "o", color=colour)
    axes.set_xlabel(title)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
