"""Figure: calibration and loss of merges, beside the networks, their ensemble and the controls."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..data.condition import Condition
from ..data.families import ALONE, CONTROLS, NOTHING
from ..data.named import Named
from ..wording.numbers import scaled
from ..wording.style import finish_in_words, method_styles
from . import scales
from .canvas import ENSEMBLE_LINE, NETWORKS_LINE, reference, reference_handles, styled
from .rows import Rows, dot, rows_of_panels

PANELS = (
    ("ece", 100, "calibration error (points)"),
    ("loss", 1, "test loss (nats)"),
    ("accuracy", 1, "test accuracy"),
)

Row = tuple[Named, Named]


@styled()
def draw_calibration(condition: Condition) -> Figure | None:
    """Where several networks are merged, or controls stand beside the merge; else `None`.

    Sorted by the calibration error, the least on top. Axes are logarithmic where one method dwarfs
    the others.
    """
    controls = {f for f in condition.finishes if f.name in CONTROLS and f.name != "scratch"}
    if condition.networks == 2 and not controls:
        return None
    drawn = [
        (method, finish)
        for finish in condition.finishes
        if finish.name == "none" or finish in controls
        for method in condition.methods(finish)
        if finish.name == "none" or method.name == ALONE
    ]
    drawn.sort(key=lambda row: _mean(condition, row, "ece"))
    looks = [method_styles(condition.line_up)[method] for method, _ in drawn]
    words = [
        look.label + ("" if finish == NOTHING else f", {finish_in_words(finish)}")
        for look, (_, finish) in zip(looks, drawn, strict=True)
    ]
    rows = rows_of_panels(words, [look.colour for look in looks], len(PANELS), foot=1.0)
    for axes, (quantity, factor, title) in zip(rows.panels, PANELS, strict=True):
        _calibration_panel(axes, rows, condition, drawn, quantity, factor)
        axes.set_xlabel(title)
    rows.figure.legend(handles=reference_handles(), loc="outside lower center", ncols=2)
    return rows.figure


def _mean(condition: Condition, row: Row, quantity: str) -> float:
    method, finish = row
    found = condition.mean(f"test_{quantity}_mid", finish, method)
    return found.estimate if np.isfinite(found.estimate) else np.inf


def _calibration_panel(
    axes: Axes, rows: Rows, condition: Condition, drawn: list[Row], quantity: str, factor: float
) -> None:
    seen = []
    for place, (method, finish) in zip(rows.places, drawn, strict=True):
        look = method_styles(condition.line_up)[method]
        found = condition.mean(f"test_{quantity}_mid", finish, method)
        seen += dot(axes, place, scaled(found, factor), look)
    for column, dashes in (
        (f"test_{quantity}_mean", NETWORKS_LINE),
        (f"test_ensemble_{quantity}", ENSEMBLE_LINE),
    ):
        if values := condition.values(column, NOTHING):
            level = factor * float(np.mean(list(values.values())))
            reference(axes, level, dashes, across=False)
            seen.append(level)
    scale = scales.accuracy_axis if quantity == "accuracy" else scales.loss_axis
    scale(axes, np.array(seen), vertical=False)
