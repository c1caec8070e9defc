"""Figure: the barrier of every method, a panel a finish, one figure a setting."""

import numpy as np
from matplotlib.figure import Figure

from . import scales
from .canvas import DOUBLE, SINGLE, marker, styled, wrapped
from .condition import Setting
from .named import Named
from .statistics import mean
from .style import ALONE, CONTROLS, finish_in_words

COLUMN = "test_barrier_chord_loss"


@styled()
def draw(setting: Setting) -> Figure | None:
    """The chord barrier of the test loss: mean (marker), its interval (bar), every pair (strokes).

    Sorted by the first finish, lowest on top. `None` where no barrier was measured.
    """
    treated = [f for f in setting.finishes if f.name not in CONTROLS]
    finishes = [f for f in treated if setting.values(COLUMN, f)]
    if not finishes:
        return None
    methods = _sorted(setting, finishes)
    width = SINGLE if len(finishes) == 1 else DOUBLE
    room = 26 if width == SINGLE else 40
    labels = [wrapped(setting.looks[method].label, room) for method in methods]
    heights = np.array([0.06 + 0.11 * len(label.splitlines()) for label in labels])  # inches
    places = heights.cumsum() - heights / 2
    figure = Figure(figsize=(width, 0.75 + heights.sum()), layout="constrained")
    panels = figure.subplots(1, len(finishes), sharex=True, sharey=True, squeeze=False)[0]
    seen = []
    for axes, finish in zip(panels, finishes, strict=True):
        for place, method in zip(places, methods, strict=True):
            look, values = setting.looks[method], setting.values(COLUMN, finish, method)
            if not values:
                continue
            found = mean(values.values())
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
    scales.barrier(panels[0], np.array(seen))
    panels[0].set_yticks(places, labels)
    for text, method in zip(panels[0].get_yticklabels(), methods, strict=True):
        text.set_color(setting.looks[method].colour)
    return figure


def _sorted(setting: Setting, finishes: list[Named]) -> list[Named]:
    """Methods by the barrier under the first finish that they have, the lowest first."""

    def height(method: Named) -> tuple[int, float]:
        for place, finish in enumerate(finishes):
            if values := setting.values(COLUMN, finish, method):
                return (place, mean(values.values()).estimate)
        return (len(finishes), 0.0)

    return sorted((m for m in setting.methods() if m.name != ALONE), key=height)
