"""Figure: what a method achieves beside the time it takes: rows of methods, the fastest on top."""

import numpy as np
from matplotlib.figure import Figure

from ..data.condition import Condition
from ..data.machines import machine, on_machine
from ..data.statistics import median
from ..wording.style import finish_in_words, method_styles
from . import scales
from .barriers import panelled
from .canvas import (
    ENSEMBLE_LINE,
    NETWORKS_LINE,
    reference,
    reference_handles,
    styled,
    wrapped,
)
from .rows import dot, rows_of_panels

ACCURACY_COLUMN = "test_accuracy_mid"

TIME_COLUMN = "align_seconds"

TWO = 2
"""Finishes that stand beside the time."""


@styled()
def draw_cost(condition: Condition) -> Figure | None:
    """The seconds of `align` alone, and the test accuracy of the merge with equal weights.

    Medians and means with their intervals over pairs. `None` without measurements.
    """
    finishes = panelled(condition, ACCURACY_COLUMN)[:TWO]
    here = on_machine(condition, *machine(condition))
    first = finishes[0] if finishes else None
    times = {
        m: median(found)
        for m in condition.methods(first)
        if (found := here.values(TIME_COLUMN, first, m))
    }
    if not finishes or not times:
        return None
    methods = sorted(times, key=lambda m: times[m].estimate)
    looks = [method_styles(condition.line_up)[m] for m in methods]
    rows = rows_of_panels(
        [k.label for k in looks], [k.colour for k in looks], 1 + len(finishes), foot=1.0
    )
    clock, *scores = rows.panels
    for place, method, look in zip(rows.places, methods, looks, strict=True):
        dot(clock, place, times[method], look)
    scales.seconds_axis(clock, np.array([found.estimate for found in times.values()]))
    clock.set_title("alignment time")
    seen = []
    for axes, finish in zip(scores, finishes, strict=True):
        for place, method, look in zip(rows.places, methods, looks, strict=True):
            if here.values(ACCURACY_COLUMN, finish, method):
                seen += dot(axes, place, here.mean(ACCURACY_COLUMN, finish, method), look)
        for column, dashes in (
            ("test_accuracy_mean", NETWORKS_LINE),
            ("test_ensemble_accuracy", ENSEMBLE_LINE),
        ):
            if values := condition.values(column, finish):
                reference(axes, level := float(np.mean(list(values.values()))), dashes, False)
                seen.append(level)
        axes.set_title(wrapped(f"test accuracy, {finish_in_words(finish)}", 26))
    for axes in scores:
        scales.accuracy_axis(axes, np.array(seen), vertical=False)
    rows.figure.legend(handles=reference_handles(), loc="outside lower right", ncols=2)
    return rows.figure
