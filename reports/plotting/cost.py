"""Figure: what a method achieves against the time it takes, a panel per finish."""

import numpy as np
from matplotlib.figure import Figure

from ..data.condition import Condition
from ..data.families import CONTROLS
from ..data.machines import machine, on_machine
from ..data.statistics import mean, median
from ..wording.style import finish_in_words, method_styles
from . import scales
from .canvas import (
    DOUBLE,
    ENSEMBLE_LINE,
    NETWORKS_LINE,
    handle,
    marker,
    reference,
    reference_handles,
    styled,
)

ACCURACY_COLUMN = "test_accuracy_mid"

ABREAST = 3
"""Panels in a row: more are too narrow for their titles."""


@styled()
def draw_cost(condition: Condition) -> Figure | None:
    """Test accuracy of the merge with equal weights against the seconds of `align` alone.

    Bars are intervals over pairs, of the mean and of the median. `None` without measurements.
    """
    treated = [f for f in condition.finishes if f.name not in CONTROLS]
    finishes = [f for f in treated if condition.values(ACCURACY_COLUMN, f)]
    if not finishes or not condition.values("align_seconds"):
        return None
    methods = condition.methods()
    entries = [
        handle(method_styles(condition.line_up)[m], line=False) for m in methods
    ] + reference_handles()
    lines = sum(str(entry.get_label()).count("\n") + 1 for entry in entries)
    columns = min(len(finishes), ABREAST)
    rows = -(-len(finishes) // columns)
    height = max(2.0 * rows, 0.135 * lines) + 0.5
    figure = Figure(figsize=(DOUBLE, height), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = grid.flat[: len(finishes)]
    for axes in grid.flat[len(finishes) :]:
        axes.set_visible(False)
    seen, times = [], []
    here = on_machine(condition, *machine(condition))
    for axes, finish in zip(panels, finishes, strict=True):
        for method in methods:
            time = median(here.values("align_seconds", finish, method))
            score = mean(here.values(ACCURACY_COLUMN, finish, method))
            if not (time.n and score.n):
                continue
            look = method_styles(condition.line_up)[method]
            times.append(time.estimate)
            seen += [v for v in (score.estimate, score.low, score.high) if np.isfinite(v)]
            axes.plot([time.low, time.high], [score.estimate] * 2, color=look.colour, linewidth=0.7)
            axes.plot(
                [time.estimate] * 2, [score.low, score.high], color=look.colour, linewidth=0.7
            )
            axes.plot([time.estimate], [score.estimate], linestyle="none", **marker(look))
        for column, dashes in (
            ("test_accuracy_mean", NETWORKS_LINE),
            ("test_ensemble_accuracy", ENSEMBLE_LINE),
        ):
            if values := condition.values(column, finish):
                reference(axes, level := float(np.mean(list(values.values()))), dashes)
                seen.append(level)
        axes.set_title(finish_in_words(finish))
    scales.seconds_axis(panels[0], np.array(times))
    scales.accuracy_axis(panels[0], np.array(seen))
    for axes in grid[:, 0]:
        axes.set_ylabel("test accuracy of the merge")
    for axes in panels[-columns:]:  # the lowest of each column
        axes.set_xlabel("alignment time")
        axes.tick_params(labelbottom=True)
    figure.legend(handles=entries, loc="outside right center")
    return figure
