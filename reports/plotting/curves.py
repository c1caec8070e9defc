"""Figure: loss and accuracy along the line between two networks; one per condition and finish."""

from collections.abc import Sequence
from math import ceil

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...results.columns import HIGHEST
from ..data.condition import QUANTITIES, Condition
from ..data.families import ALONE, BASELINE
from ..data.named import Named
from ..data.statistics import band
from ..wording.style import REFERENCE, family, method_styles
from . import scales
from .canvas import (
    DOUBLE,
    ENSEMBLE_LINE,
    NETWORKS_LINE,
    handle,
    literal,
    marker,
    reference,
    reference_handles,
    styled,
)

MOST_IN_A_PANEL = 6
"""Up to so many methods share one row of panels; of more, each family has its own."""

FEWEST_POINTS = 4
"""A curve of fewer points (both ends and the middle) is no curve: the tables hold it."""

ABREAST = 4
"""Panels in a row, of many families."""

BACKGROUND = "#9A9A9A"
"""The baseline where it is only there to be compared with."""

SHOWN_SPLITS = ("train", "test")
"""What is drawn: held-out training images are only chosen by."""

_TRAIN = (0, (3, 1.2))


def has_curves(condition: Condition, finish: Named) -> bool:
    """Whether anything was evaluated along the line, and not in its middle alone."""
    return any(
        len(condition.lines(finish, method, "test", "loss").at) >= FEWEST_POINTS
        for method in condition.methods(finish)
    )


@styled()
def draw_curves(condition: Condition, finish: Named) -> Figure:
    """Mean over pairs with its interval; test solid, train dashed.

    Few methods are drawn together, loss beside accuracy. Of many, each family has a panel of its
    own with the baseline in grey, the greatest rise first; all panels have one scale.
    """
    methods = condition.methods(finish)
    if len(methods) > MOST_IN_A_PANEL:
        return _families(condition, finish, methods)
    legend = [handle(method_styles(condition.line_up)[method]) for method in methods]
    figure = Figure(figsize=(DOUBLE, 2.85), layout="constrained")
    *panels, beside = figure.subplots(1, 3, width_ratios=(1, 1, 0.62))
    for quantity, panel in zip(QUANTITIES, panels, strict=True):
        _curves_panel(panel, condition, finish, quantity, methods)
        _scale(panel, condition, finish, quantity, methods)
        panel.set_title("loss (nats)" if quantity == "loss" else "accuracy")
        panel.set_xlabel("λ, the weight of the second network")
    beside.set_axis_off()
    beside.legend(handles=legend, loc="center left", bbox_to_anchor=(-0.12, 0.5))
    figure.legend(handles=_legend_lines(), loc="outside lower center", ncols=4)
    return figure


def _families(condition: Condition, finish: Named, methods: Sequence[Named]) -> Figure:
    """The loss, a panel a family: the plain method thick, its variants thin."""
    names = dict.fromkeys(m.name for m in methods if m.name not in (BASELINE, ALONE))
    families = {name: [m for m in methods if m.name == name] for name in names}
    rises = {name: _rise(condition, finish, own[0]) for name, own in families.items()}
    order = sorted(families, key=lambda name: -rises[name])
    rows = ceil(len(order) / ABREAST)
    figure = Figure(figsize=(DOUBLE, 1.25 * rows + 0.75), layout="constrained")
    panels = figure.subplots(rows, ABREAST, squeeze=False, sharex=True, sharey=True)
    baseline = [m for m in methods if m.name == BASELINE]
    for place, axes in enumerate(panels.flat):
        if place >= len(order):
            axes.set_visible(False)
            continue
        own = families[order[place]]
        _curves_panel(axes, condition, finish, "loss", baseline, grey=True)
        _curves_panel(axes, condition, finish, "loss", own)
        more = f" (+{len(own) - 1})" if len(own) > 1 else ""
        look = family(order[place])
        axes.set_title(literal(f"{look.label}{more}", 30), color=look.colour)
        if place + ABREAST >= len(order):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("λ, weight of the second")
    _scale(panels[0, 0], condition, finish, "loss", methods)
    figure.supylabel("loss (nats)", fontsize=7)
    plain = [Line2D([], [], color=BACKGROUND, label=family(BASELINE).label)] if baseline else []
    handles = plain + _legend_lines()
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _rise(condition: Condition, finish: Named, method: Named) -> float:
    """How far the mean test loss rises above its first end; none where it is not known."""
    lines = condition.lines(finish, method, "test", "loss").values
    if not lines.size or not np.isfinite(lines).all():
        return np.inf if lines.size else 0.0
    centre = lines.mean(axis=0)
    return float(centre.max() - centre[0])


def _scale(
    axes: Axes, condition: Condition, finish: Named, quantity: str, methods: Sequence[Named]
) -> None:
    """The axes of a panel by all that is drawn in any of the same quantity."""
    drawn = [
        condition.lines(finish, method, split, quantity).values.ravel()
        for method in methods
        for split in SHOWN_SPLITS
    ]
    scale = scales.loss_axis if quantity == "loss" else scales.accuracy_axis
    scale(axes, np.concatenate(drawn))
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])


def _curves_panel(
    axes: Axes,
    condition: Condition,
    finish: Named,
    quantity: str,
    methods: Sequence[Named],
    grey: bool = False,
) -> None:
    for method in methods:
        look = method_styles(condition.line_up)[method]
        colour = BACKGROUND if grey else look.colour
        first = method == methods[0] or len({m.name for m in methods}) > 1
        for split in SHOWN_SPLITS:
            lambdas, lines, pairs = condition.lines(finish, method, split, quantity)
            if not lines.size:
                continue
            test = split == "test"
            centre, low, high = band(lines, pairs, HIGHEST[quantity])
            if test:
                axes.fill_between(lambdas, low, high, color=colour, alpha=0.18, linewidth=0)
            marked = test and not grey and first
            axes.plot(
                lambdas,
                centre,
                color=colour,
                linestyle="-" if test else _TRAIN,
                linewidth=1.1 if test and first else 0.7,
                markevery=(len(lambdas) // 8, max(len(lambdas) // 4, 1)),
                **(marker(look) if marked else {}),
            )
    for column, dashes in (
        (f"test_{quantity}_mean", NETWORKS_LINE),
        (f"test_ensemble_{quantity}", ENSEMBLE_LINE),
    ):
        if values := condition.values(column, finish):
            reference(axes, float(np.mean(list(values.values()))), dashes)


def _legend_lines() -> list[Line2D]:
    """What holds for all panels: test and train, the networks and their ensemble."""
    return [
        Line2D([], [], color=REFERENCE, label="test"),
        Line2D([], [], color=REFERENCE, linestyle=_TRAIN, linewidth=0.8, label="train"),
        *reference_handles(),
    ]
