"""Figure: the barrier of every method against the width, or against the epochs of training."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from ..data.families import ALONE, CONTROLS, finish_order
from ..data.named import Named
from ..data.statistics import mean
from ..data.sweeps import FEWEST, Sweep
from ..wording.style import method_styles
from . import scales
from .canvas import DOUBLE, banded, handle, styled

SWEPT_COLUMN = "test_barrier_chord_loss"


def swept_finishes(sweep: Sweep) -> list[Named]:
    """The finishes with a barrier in enough conditions of the sweep."""
    having = [
        finish
        for setting in sweep.members
        for finish in setting.finishes
        if finish.name not in CONTROLS and setting.values(SWEPT_COLUMN, finish)
    ]
    return sorted({f for f in having if having.count(f) >= FEWEST}, key=finish_order)


def swept_methods(sweep: Sweep, finish: Named) -> list[Named]:
    """The methods with a barrier in enough of its conditions, in the order of their table."""
    counts = {
        method: sum(bool(setting.values(SWEPT_COLUMN, finish, method)) for setting in sweep.members)
        for method in method_styles(sweep.members[0].line_up)
        if method.name != ALONE
    }
    return [method for method, count in counts.items() if count >= FEWEST]


@styled()
def draw_sweep(sweep: Sweep, finish: Named) -> Figure | None:
    """Mean over pairs (line), its interval (band), and every pair (points); a line per method.

    `None` where no method has enough conditions.
    """
    shown = swept_methods(sweep, finish)
    if not shown:
        return None
    looks = method_styles(sweep.members[0].line_up)
    handles = [handle(looks[method]) for method in shown]
    lines = sum(str(h.get_label()).count("\n") + 1 for h in handles)
    figure = Figure(figsize=(DOUBLE, max(2.4, 0.14 * lines + 0.3)), layout="constrained")
    axes = figure.subplots()
    seen = []
    for method in shown:
        look, places = looks[method], []
        for value, setting in zip(sweep.values, sweep.members, strict=True):
            if sample := setting.values(SWEPT_COLUMN, finish, method):
                places.append((value, mean(sample)))
                pairs = list(sample.values())
                seen += pairs
                axes.plot(
                    [value] * len(pairs), pairs, ".", color=look.colour, alpha=0.4, markersize=3
                )
        x, found = [value for value, _ in places], [interval for _, interval in places]
        banded(axes, x, found, look)
    scales.barrier_axis(axes, np.array(seen), vertical=True)
    axes.set_ylabel("test-loss barrier (nats)")
    if sweep.over == "width":
        axes.set_xscale("log", base=2)
        axes.set_xticks(sorted(set(sweep.values)))
        axes.xaxis.set_major_formatter(FuncFormatter(scales.plain_number))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("width" if sweep.over == "width" else "epochs of training")
    first = sweep.members[0]
    axes.set_title(f"{first.dataset}, {sweep.range}")
    figure.legend(handles=handles, loc="outside right upper")
    return figure
