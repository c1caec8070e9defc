"""Figure: calibration and loss of merges, beside the networks, their ensemble and the controls."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..data.condition import Condition
from ..data.families import ALONE, CONTROLS, NOTHING
from ..data.named import Named
from ..data.statistics import mean
from ..wording.style import finish_in_words, method_styles
from .canvas import (
    DOUBLE,
    ENSEMBLE_LINE,
    NETWORKS_LINE,
    literal,
    marker,
    reference,
    reference_handles,
    styled,
)

PANELS = (
    ("ece", 100, "calibration error (points)"),
    ("loss", 1, "test loss (nats)"),
    ("accuracy", 100, "test accuracy (%)"),
)


@styled()
def draw_calibration(condition: Condition) -> Figure | None:
    """Where several networks are merged, or controls stand beside the merge; else `None`."""
    controls = {f for f in condition.finishes if f.name in CONTROLS and f.name != "scratch"}
    if condition.networks == 2 and not controls:
        return None
    rows = [
        (method, finish)
        for finish in condition.finishes
        if finish.name == "none" or finish in controls
        for method in condition.methods(finish)
        if finish.name == "none" or method.name == ALONE
    ]
    height = 0.17 * len(rows) + 0.75
    figure = Figure(figsize=(DOUBLE, height), layout="constrained")
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, (quantity, factor, title) in zip(panels, PANELS, strict=True):
        _calibration_panel(axes, condition, rows, quantity, factor)
        axes.set_xlabel(title)
    words = [
        method_styles(condition.line_up)[method].label
        + ("" if finish == NOTHING else f", {finish_in_words(finish)}")
        for method, finish in rows
    ]
    panels[0].set_yticks(range(len(rows)), [literal(text) for text in words])
    panels[0].invert_yaxis()
    figure.legend(handles=reference_handles(), loc="outside lower center", ncols=2)
    return figure


def _calibration_panel(
    axes: Axes, condition: Condition, rows: list[tuple[Named, Named]], quantity: str, factor: float
) -> None:
    for place, (method, finish) in enumerate(rows):
        look = method_styles(condition.line_up)[method]
        values = condition.values(f"test_{quantity}_mid", finish, method)
        found = mean({pair: factor * v for pair, v in values.items()})
        axes.plot([found.low, found.high], [place, place], color=look.colour, linewidth=1.2)
        axes.plot([found.estimate], [place], color=look.colour, **marker(look))
    for column, dashes in (
        (f"test_{quantity}_mean", NETWORKS_LINE),
        (f"test_ensemble_{quantity}", ENSEMBLE_LINE),
    ):
        if values := condition.values(column, NOTHING):
            reference(axes, factor * float(np.mean(list(values.values()))), dashes, across=False)
    axes.tick_params(axis="y", length=0)
