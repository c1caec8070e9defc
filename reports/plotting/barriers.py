"""Figure: the barrier of every method, a panel per finish, one figure per condition."""

import numpy as np
from matplotlib.figure import Figure

from ..data.condition import BARRIER, Condition
from ..data.families import ALONE, CONTROLS
from ..data.named import Named
from ..wording.style import finish_in_words, method_styles
from . import scales
from .canvas import styled, wrapped
from .rows import dot, rows_of_panels

MOST_PANELS = 3
"""Panels side by side: more are too narrow for their axes."""


@styled()
def draw_barriers(condition: Condition) -> Figure | None:
    """The chord barrier of the test loss: mean (marker), its interval (bar), every pair (strokes).

    Sorted by the first finish, lowest on top. `None` where no barrier was measured.
    """
    finishes = panelled(condition, BARRIER)
    if not finishes:
        return None
    methods = [m for m in _sorted(condition, finishes) if _has(condition, finishes, m)]
    looks = [method_styles(condition.line_up)[method] for method in methods]
    rows = rows_of_panels(
        [k.label for k in looks], [k.colour for k in looks], len(finishes), sharex=True
    )
    seen = []
    for axes, finish in zip(rows.panels, finishes, strict=True):
        for place, method, look in zip(rows.places, methods, looks, strict=True):
            if values := condition.values(BARRIER, finish, method):
                found = condition.mean(BARRIER, finish, method)
                seen += dot(axes, place, found, look, values.values())
        axes.set_title(wrapped(finish_in_words(finish), 24))
    scales.barrier_axis(rows.panels[0], np.array(seen))
    rows.figure.supxlabel("test-loss barrier (nats)", fontsize=7)
    return rows.figure


def panelled(condition: Condition, column: str) -> list[Named]:
    """The finishes that have a panel: those of at least half of the methods, the fullest first.

    What few methods have would be an empty panel; the tables hold it.
    """
    treated = [f for f in condition.finishes if f.name not in CONTROLS]
    count = {
        f: sum(bool(condition.values(column, f, m)) for m in _merging(condition)) for f in treated
    }
    most = max(count.values(), default=0)
    full = [f for f in treated if count[f] and 2 * count[f] >= most]
    return full[:MOST_PANELS]


def _merging(condition: Condition) -> list[Named]:
    return [m for m in condition.methods() if m.name != ALONE]


def _has(condition: Condition, finishes: list[Named], method: Named) -> bool:
    return any(condition.values(BARRIER, finish, method) for finish in finishes)


def _sorted(condition: Condition, finishes: list[Named]) -> list[Named]:
    """Methods by the barrier under the first finish that they have, the lowest first."""

    def height(method: Named) -> tuple[int, float]:
        for place, finish in enumerate(finishes):
            if condition.values(BARRIER, finish, method):
                return (place, condition.mean(BARRIER, finish, method).estimate)
        return (len(finishes), 0.0)

    return sorted(_merging(condition), key=height)
