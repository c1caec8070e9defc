"""The figures of one setting, each with a name, a title and a caption: one list."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from . import (
    barrier_dots,
    calibration_dots,
    cost_scatter,
    curves,
    ladder,
    recovery_curves,
    retraining_curves,
    sweep_curves,
)
from .captions import caption, threads, where
from .condition import Setting
from .grid import Grid, slug
from .named import Named
from .style import finish_in_words
from .sweeps import Sweep, sweeps

MANY, FEW = 12, 4
"""Settings from which on a grid draws no figures of those that have no more methods than this."""

SCATTER = 6
"""Methods from which on accuracy against time is a figure: of fewer a table says as much."""


@dataclass(frozen=True, eq=False)
class Plate:
    """A drawn figure; `name` is its file's name without an ending.

    `about` is the slug of the setting that it belongs to; empty for what concerns all of them.
    Once it is printed the `figure` is gone.
    """

    name: str
    about: str
    title: str
    caption: str
    figure: Figure | None


def overviews(grid: Grid) -> Iterator[Plate]:
    """The figures of all settings of `grid` together."""
    if figure := recovery_curves.draw(grid):
        text = (
            "Share of planted units that meet their own, over all groups, against the noise on the "
            "permuted network: mean over seeds with its interval. The levels are evenly spaced. "
            f"{where(grid.cells)}"
        )
        yield Plate("recovery", "", "Planted permutations recovered", text, figure)
    if figure := ladder.draw(grid):
        text = (
            "From OTFusion as its code comes, down to the activations that Git Re-Basin matches, "
            "one switch at a time and each kept: the share of units that get the partner which "
            "activation matching gives them, and the accuracy of the merge against its own. Mean "
            f"over pairs with its interval. {where(grid.cells)}"
        )
        yield Plate("ladder", "", "From OTFusion to activation matching", text, figure)
    for sweep in sweeps(grid):
        for finish in sweep_curves.finishes(sweep):
            if figure := sweep_curves.draw(sweep, finish):
                yield _sweep_plate(sweep, finish, figure)


def drawn(grid: Grid) -> list[Setting]:
    """The settings that have figures of their own.

    In a grid of many settings those with few methods are points of an overview.
    """
    many = len(grid.settings) > MANY
    return [s for s in grid.settings if not many or len(s.methods()) > FEW]


def _sweep_plate(sweep: Sweep, finish: Named, figure: Figure) -> Plate:
    first, words = sweep.members[0], finish_in_words(finish)
    # a setting is in one sweep over the same number, so that its first member names it
    name = f"barrier-by-{sweep.over}-{first.slug}-{slug(finish)}"
    what = "the width" if sweep.over == "width" else "the epochs of training"
    kept = f"{first.recipe}, " if sweep.over == "width" else ""
    text = (
        f"Chord barrier of the test loss against {what}: {first.dataset}, {sweep.range}, {kept}"
        f"{first.split} training images, {words}. Mean over pairs (line) with its interval "
        "(band), and every pair (points). The axis is logarithmic away from zero where one method "
        f"dwarfs the others. {where(pd.concat([s.select(finish) for s in sweep.members]))}"
    )
    title = f"Barrier against {sweep.over}: {first.dataset}, {sweep.range}, {words}"
    return Plate(name, "", title, text, figure)


def plates(setting: Setting) -> Iterator[Plate]:
    """The figures of `setting` that its results can fill."""
    if figure := barrier_dots.draw(setting):
        text = (
            "Chord barrier of the test loss: mean over pairs (marker), its interval (bar) and "
            "every pair (strokes); sorted by the first panel. The axis is logarithmic away from "
            "zero where one method dwarfs the others."
        )
        yield _plate(setting, "barrier", "Barrier by method", text, figure)
    if len(setting.methods()) >= SCATTER and (figure := cost_scatter.draw(setting)):
        device, count = cost_scatter.machine(setting)
        text = (
            "Test accuracy of the merge with equal weights (mean over pairs) against the time of "
            f"`align` alone (median) on {device}, {threads(count)}, with their intervals. Where "
            "one method loses much, accuracies are spaced by the logarithm of the share of errors."
        )
        yield _plate(setting, "cost", "Accuracy against time", text, figure)
    if figure := calibration_dots.draw(setting):
        text = (
            "Calibration error, loss and accuracy on the test set of the merge with equal weights, "
            "and of what a single network comes to by fitting a temperature or its output biases: "
            "mean with its interval; lines are the networks' mean and their ensemble."
        )
        yield _plate(setting, "calibration", "Calibration beside controls", text, figure)
    for finish in setting.finishes:
        if not curves.has_curves(setting, finish):
            continue
        words = finish_in_words(finish)
        text = (
            "Loss and accuracy along the line between the aligned networks: mean over pairs, test "
            "solid with its interval, train dashed; references are of the test set. The ends are "
            "the networks as they were trained; where maps are soft, a line may jump there. A loss "
            "axis is logarithmic where the greatest dwarfs the smallest."
        )
        yield _plate(
            setting,
            "curves",
            f"Along the line: {words}",
            text,
            curves.draw(setting, finish),
            finish,
        )
    for finish in setting.finishes:
        if not retraining_curves.has_epochs(setting, finish):
            continue
        text = (
            "Test loss and accuracy of the merge with equal weights after each epoch of training "
            "that follows it: mean over pairs with its interval; 0 is the merge itself. The "
            "learning rate falls over the whole run, so that a run of fewer epochs ends higher "
            "than it stands here after as many. One network alone is a parent trained on for as "
            "long; from scratch is a new network, whose start lies beyond the axes."
        )
        yield _plate(
            setting,
            "retraining",
            f"Against epochs: {finish_in_words(finish)}",
            text,
            retraining_curves.draw(setting, finish),
            finish,
        )


def _plate(
    setting: Setting, kind: str, title: str, text: str, figure: Figure, finish: Named | None = None
) -> Plate:
    name = f"{kind}-{setting.slug}" + (f"-{slug(finish)}" if finish else "")
    return Plate(name, setting.slug, title, f"{text} {caption(setting, finish)}", figure)
