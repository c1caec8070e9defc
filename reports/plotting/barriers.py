"""Figure: the barrier of every method, a panel per finish, one figure per condition."""

import numpy as np
from matplotlib.figure import Figure

from ..data.condition import Condition
from ..data.families import ALONE, CONTROLS
from ..data.named import Named
from ..data.statistics import mean
from ..wording.style import finish_in_words, method_styles
from . import scales
from .canvas import DOUBLE, SINGLE, literal, marker, styled, wrapped

BARRIER_COLUMN = "test_barrier_chord_loss"


@styled()
def draw_barriers(condition: Condition) -> Figure | None:
    """The chord barrier of the test loss: mean (marker), its interval (bar), every pair (strokes).

    Sorted by the first finish, lowest on top. `None` where no barrier was measured.
    """
    treated = [f for f in condition.finishes if f.name not in CONTROLS]
    finishes = [f for f in treated if condition.values(BARRIER_COLUMN, f)]
    if not finishes:
        return None
    methods = _sorted(condition, finishes)
    width = SINGLE if len(finishes) == 1 else DOUBLE
    room = 26 if width == SINGLE else 40
    labels = [wrapped(method_styles(condition.line_up)[method].label, room) for method in methods]
    heights = np.array([0.06 + 0.11 * len(label.splitlines()) for label in labels])  # inches
    places = heights.cumsum() - heights / 2
    figure = Figure(figsize=(width, 0.75 + heights.sum()), layout="constrained")
    panels = figure.subplots(1, len(finishes), sharex=True, sharey=True, squeeze=False)[0]
    seen = []
    for axes, finish in zip(panels, finishes, strict=True):
        for place, method in zip(places, methods, strict=True):
            look, values = (
                method_styles(condition.line_up)[method],
                condition.values(BARRIER_COLUMN, finish, method),
            )
            if not values:
                continue
            found = mean(values)
            seen += [*values.values(), found.low, found.high]
            axes.plot(
                list(values.values()),
                [place] * len(values),
                color=look.colour,
                linestyle="none",
                marker="|",
                markersize=6,
                markeredgewidth=0.7,
            )
            axes.plot([found.low, found.high], [place] * 2, color=look.colour)
            axes.plot([found.estimate], [place], color=look.colour, **marker(look))
        axes.set_title(finish_in_words(finish))
        axes.set_xlabel("test-loss barrier (nats)")
        axes.set_ylim(heights.sum(), 0)
    scales.barrier_axis(panels[0], np.array(seen))
    panels[0].set_yticks(places, [literal(label) for label in labels])
    for text, method in zip(panels[0].get_yticklabels(), methods, strict=True):
        text.set_color(method_styles(condition.line_up)[method].colour)
    return figure


def _sorted(condition: Condition, finishes: list[Named]) -> list[Named]:
    """Methods by the barrier under the first finish that they have, the lowest first."""

    def height(method: Named) -> tuple[int, float]:
        for place, finish in enumerate(finishes):
            if values := condition.values(BARRIER_COLUMN, finish, method):
                return (place, mean(values).estimate)
        return (len(finishes), 0.0)

    return sorted((m for m in condition.methods() if m.name != ALONE), key=height)
