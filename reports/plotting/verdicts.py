"""Figure: the evidence for one claim, each number beside the range in which it was to lie."""

from collections.abc import Mapping, Sequence
from math import isfinite
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..judging.claim import Bound, Evidence, PredictionOutcome
from .canvas import DOUBLE, styled

COLOURS: Mapping[PredictionOutcome, str] = {
    "holds": "#009E73",
    "fails": "#D55E00",
    "open": "#777777",
    "missing": "#BBBBBB",
    "no test": "#BBBBBB",
}
"""An interval within the bound, outside it, across its edge, and where a control tells nothing."""

OUTCOME_MARKERS: Mapping[PredictionOutcome, str] = {
    "holds": "o",
    "fails": "X",
    "open": "s",
    "missing": "s",
    "no test": "s",
}


@styled()
def draw_evidence(evidence: Sequence[Evidence]) -> Figure | None:
    """A row per prediction: number, interval (or few values), bound shaded; `None` if none."""
    shown = [e for e in evidence if e.found.n and isfinite(e.found.estimate)]
    if not shown:
        return None
    figure = Figure(figsize=(DOUBLE, 0.46 * len(shown) + 0.2), layout="constrained")
    panels = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
    for axes, each in zip(panels, shown, strict=True):
        _draw_prediction(axes, each)
    return figure


def _draw_prediction(axes: Axes, evidence: Evidence) -> None:
    found, bound = evidence.found, evidence.bound
    colour = COLOURS[evidence.outcome]
    ends = [v for v in (found.low, found.high) if isfinite(v)]
    left, right = _limits([found.estimate, *ends, *found.values], bound)
    axes.set_xlim(left, right)
    axes.set_ylim(-1, 1)
    shade = (max(bound.low, left), min(bound.high, right))
    axes.axvspan(*shade, color="#009E73", alpha=0.13, linewidth=0)
    for edge in (bound.low, bound.high):
        if isfinite(edge):
            axes.axvline(edge, color="#009E73", linewidth=0.8)
    if ends:
        axes.plot(ends, [0, 0], color=colour, linewidth=1.4)
    axes.plot(found.values, [0] * len(found.values), "|", color=colour, markersize=8)
    axes.plot([found.estimate], [0], OUTCOME_MARKERS[evidence.outcome], color=colour, clip_on=False)
    axes.set_yticks([0], [fill(evidence.what, 62)])
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(visible=False, axis="y")
    axes.text(1.01, 0.5, bound.unit, transform=axes.transAxes, va="center", fontsize=6.5)
    axes.spines["left"].set_visible(False)


def _limits(values: list[float], bound: Bound) -> tuple[float, float]:
    """The numbers and the edges of the bound, with room on both sides."""
    all_of_them = [*values, *(v for v in (bound.low, bound.high) if isfinite(v))]
    low, high = min(all_of_them), max(all_of_them)
    room = 0.15 * (high - low) or 0.1 * abs(high) or 0.1
    return low - room, high + room
