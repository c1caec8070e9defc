"""Figure: loss and accuracy along the line between two networks; one per condition and finish."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..data.condition import QUANTITIES, Condition
from ..data.families import BASELINE
from ..data.named import Named
from ..data.statistics import band
from ..wording.style import REFERENCE, family, method_styles, variant
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
    wrapped,
)

MOST_IN_A_PANEL = 6
"""Up to so many methods share one row of panels; of more, each family has its own."""

FEWEST_POINTS = 4
"""A curve of fewer points (both ends and the middle) is no curve: the tables hold it."""

_TRAIN = (0, (3, 1.2))


def has_curves(condition: Condition, finish: Named) -> bool:
    """Whether anything was evaluated along the line, and not in its middle alone."""
    return any(
        len(condition.lines(finish, method, "test", "loss").at) >= FEWEST_POINTS
        for method in condition.methods(finish)
    )


@styled()
def draw_curves(condition: Condition, finish: Named) -> Figure:
    """Mean over pairs with its interval; test solid, train dashed; the legend beside its panels.

    Few methods are drawn together. Of many, each family has a row of its own, with the baseline in
    every one. All panels of a quantity have one scale.
    """
    methods = condition.methods(finish)
    rows = _rows_of_panels(methods)
    legends = [_legend(condition, name, members) for name, members in rows]
    lines = [sum(str(h.get_label()).count("\n") + 1 for h in handles) for handles in legends]
    heights = [max(1.15 if len(rows) > 1 else 2.2, 0.3 + 0.13 * count) for count in lines]
    figure = Figure(figsize=(DOUBLE, sum(heights) + 0.65), layout="constrained")
    figure.get_layout_engine().set(h_pad=0.03, w_pad=0.04, hspace=0.03)  # type: ignore[union-attr]
    axes = figure.subplots(
        len(rows),
        3,
        squeeze=False,
        sharex="col",
        sharey="col",
        width_ratios=(1, 1, 0.62),
        height_ratios=heights,
    )
    for (name, members), legend, row in zip(rows, legends, axes, strict=True):
        for quantity, panel in zip(QUANTITIES, row, strict=False):
            background = [m for m in methods if m.name == BASELINE and m not in members]
            _curves_panel(panel, condition, finish, quantity, background + members)
        row[2].set_axis_off()
        row[2].legend(
            handles=legend,
            title=family(name).label if name else None,
            alignment="left",
            loc="center left",
            bbox_to_anchor=(-0.12, 0.5),
        )
    for quantity, panel in zip(QUANTITIES, axes[0], strict=False):
        drawn = [
            condition.lines(finish, method, split, quantity).values.ravel()
            for method in methods
            for split in ("train", "test")
        ]
        scale = scales.loss_axis if quantity == "loss" else scales.accuracy_axis
        scale(panel, np.concatenate(drawn))
        panel.set_title("loss (nats)" if quantity == "loss" else "accuracy")
    for panel in axes[-1, :2]:
        panel.set_xlim(0, 1)
        panel.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
        panel.set_xlabel("λ, the weight of the second network")
    always = [handle(method_styles(condition.line_up)[m]) for m in methods if m.name == BASELINE]
    handles = (always if len(rows) > 1 else []) + _legend_lines()
    figure.legend(
        handles=handles, loc="outside lower center", ncols=len(handles) if len(handles) <= 5 else 3
    )
    return figure


def _rows_of_panels(methods: Sequence[Named]) -> list[tuple[str, list[Named]]]:
    """Name (a family, or empty) and methods of each row of panels."""
    if len(methods) <= MOST_IN_A_PANEL:
        return [("", list(methods))]
    names = dict.fromkeys(m.name for m in methods)
    rows = [(n, [m for m in methods if m.name == n]) for n in names if n != BASELINE]
    return rows or [("", list(methods))]


def _curves_panel(
    axes: Axes, condition: Condition, finish: Named, quantity: str, methods: Sequence[Named]
) -> None:
    for method in methods:
        look = method_styles(condition.line_up)[method]
        for split in ("train", "test"):
            lambdas, lines, pairs = condition.lines(finish, method, split, quantity)
            if not lines.size:
                continue
            test = split == "test"
            centre, low, high = band(lines, pairs)
            if test:
                axes.fill_between(lambdas, low, high, color=look.colour, alpha=0.18, linewidth=0)
            axes.plot(
                lambdas,
                centre,
                color=look.colour,
                linestyle="-" if test else _TRAIN,
                linewidth=1.1 if test else 0.8,
                markevery=(len(lambdas) // 8, max(len(lambdas) // 4, 1)),
                **(marker(look) if test else {}),
            )
    for column, dashes in (
        (f"test_{quantity}_mean", NETWORKS_LINE),
        (f"test_ensemble_{quantity}", ENSEMBLE_LINE),
    ):
        if values := condition.values(column, finish):
            reference(axes, float(np.mean(list(values.values()))), dashes)


def _legend(condition: Condition, name: str, methods: Sequence[Named]) -> list[Line2D]:
    """The methods of one row: by their full names, or under the title of their family."""
    return [
        handle(
            method_styles(condition.line_up)[method], wrapped(variant(method), 27) if name else None
        )
        for method in methods
    ]


def _legend_lines() -> list[Line2D]:
    """What holds for all panels: test and train, the networks and their ensemble."""
    return [
        Line2D([], [], color=REFERENCE, label="test"),
        Line2D([], [], color=REFERENCE, linestyle=_TRAIN, linewidth=0.8, label="train"),
        *reference_handles(),
    ]
