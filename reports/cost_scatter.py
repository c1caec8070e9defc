"""Figure: what a method achieves against the time it takes, a panel a finish."""

from collections import Counter
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from . import scales
from .canvas import (
    DOUBLE,
    ENSEMBLE,
    NETWORKS,
    handle,
    marker,
    reference,
    reference_handles,
    styled,
)
from .condition import Setting
from .statistics import mean, median
from .style import CONTROLS, finish_in_words

COLUMN = "test_accuracy_mid"

ABREAST = 3
"""Panels in a row: more are too narrow for their titles."""


def machine(setting: Setting) -> tuple[str, int]:
    """The device and number of threads that most cells ran on: times of others are left out."""
    count = Counter(machines(setting))
    return min(count, key=lambda found: (-count[found], found))


def machines(setting: Setting) -> list[tuple[str, int]]:
    """The device and number of threads of each cell."""
    threads = setting.cells["threads"].fillna(0).astype(int)
    return list(zip(setting.cells["device"], threads, strict=True))


@styled()
def draw(setting: Setting) -> Figure | None:
    """Test accuracy of the merge with equal weights against the seconds of `align` alone.

    Bars are intervals over pairs, of the mean and of the median. `None` without measurements.
    """
    treated = [f for f in setting.finishes if f.name not in CONTROLS]
    finishes = [f for f in treated if setting.values(COLUMN, f)]
    if not finishes or not setting.values("align_seconds"):
        return None
    methods = setting.methods()
    entries = [handle(setting.looks[m], line=False) for m in methods] + reference_handles()
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
    here = on_machine(setting, *machine(setting))
    for axes, finish in zip(panels, finishes, strict=True):
        for method in methods:
            time = median(here.values("align_seconds", finish, method).values())
            score = mean(here.values(COLUMN, finish, method).values())
            if not (time.n and score.n):
                continue
            look = setting.looks[method]
            times.append(time.estimate)
            seen += [v for v in (score.estimate, score.low, score.high) if np.isfinite(v)]
            axes.plot([time.low, time.high], [score.estimate] * 2, color=look.colour, linewidth=0.7)
            axes.plot(
                [time.estimate] * 2, [score.low, score.high], color=look.colour, linewidth=0.7
            )
            axes.plot([time.estimate], [score.estimate], linestyle="none", **marker(look))
        for column, dashes in (
            ("test_accuracy_mean", NETWORKS),
            ("test_ensemble_accuracy", ENSEMBLE),
        ):
            if values := setting.values(column, finish):
                reference(axes, level := float(np.mean(list(values.values()))), dashes)
                seen.append(level)
        axes.set_title(finish_in_words(finish))
    scales.seconds(panels[0], np.array(times))
    scales.accuracy(panels[0], np.array(seen))
    for axes in grid[:, 0]:
        axes.set_ylabel("test accuracy of the merge")
    for axes in panels[-columns:]:  # the lowest of each column
        axes.set_xlabel("alignment time")
        axes.tick_params(labelbottom=True)
    figure.legend(handles=entries, loc="outside right center")
    return figure


def on_machine(setting: Setting, device: str, threads: int) -> Setting:
    """The setting with the cells of one machine alone; 0 threads: their number is not known."""
    cells = setting.cells[[found == (device, threads) for found in machines(setting)]]
    return replace(setting, cells=cells)
