"""The figures of one condition, each with a name, a title and a caption: one list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from ..data import machines
from ..data.condition import Condition
from ..data.families import NOTHING
from ..data.grid import GridResults, short_hash, slug
from ..data.named import Named
from ..data.sweeps import Sweep, beside_each_other, sweeps
from ..wording.captions import caption, threads, where_measured
from ..wording.style import finish_in_words
from . import barriers, calibration, cost, curves, ladder, recovery, retraining
from . import sweeps as sweep_curves

MANY, FEW = 12, 4
"""Conditions from which on a grid draws no figures of those that have no more methods than this."""

SCATTER = 6
"""Methods from which on accuracy against time is a figure: of fewer a table says as much."""


@dataclass(frozen=True, eq=False)
class FigureEntry:
    """A drawn figure; `name` is its file's name without an ending.

    `about` is the slug of the condition that it belongs to; empty for what concerns all of them.
    Once it is printed the `figure` is gone.
    """

    name: str
    about: str
    title: str
    caption: str
    figure: Figure | None


def overviews(grid: GridResults) -> Iterator[FigureEntry]:
    """The figures of all conditions of `grid` together."""
    if figure := recovery.draw_recovery(grid):
        text = (
            "Share of planted units that meet their own, over all groups, in per cent: mean over "
            "seeds, a panel a network, a column a level of noise on the permuted network; blank "
            "where a method was not tried. "
            f"{where_measured(grid.cells)}"
        )
        yield FigureEntry("recovery", "", "Planted permutations recovered", text, figure)
    if figure := ladder.draw_ladder(grid):
        text = (
            "From OTFusion as its code comes, down to the activations that Git Re-Basin matches, "
            "one switch at a time and each kept: the share of units that get the partner which "
            "activation matching gives them, and the accuracy of the merge against its own. Mean "
            f"over pairs with its interval. {where_measured(grid.cells)}"
        )
        yield FigureEntry("ladder", "", "From OTFusion to activation matching", text, figure)
    found = sweeps(grid)
    for beside in beside_each_other(found):
        if figure := sweep_curves.draw_sweeps(beside, one_scale=True):
            yield _beside_plate(beside, figure)
    for sweep in found:
        for finish in sweep_curves.swept_finishes(sweep):
            if figure := sweep_curves.draw_sweep(sweep, finish):
                yield _sweep_plate(sweep, finish, figure)


def drawn_entries(grid: GridResults) -> list[Condition]:
    """The conditions that have figures of their own.

    In a grid of many conditions those with few methods are points of an overview.
    """
    many = len(grid.conditions) > MANY
    return [s for s in grid.conditions if not many or len(s.methods()) > FEW]


def _beside_plate(beside: Sequence[Sweep], figure: Figure) -> FigureEntry:
    first = beside[0].members[0]
    cells = pd.concat([s.select(NOTHING) for sweep in beside for s in sweep.members])
    text = (
        f"Chord barrier of the test loss against the width, as merged: {first.dataset}, "
        f"{first.recipe}, a panel a family and one scale for all. Mean over pairs (line) with its "
        "interval (band), and every pair (points). The axis is logarithmic away from zero where "
        f"one method dwarfs the others. {where_measured(cells)}"
    )
    title = f"Families side by side: {first.dataset}"
    return FigureEntry(f"families-{first.slug}", "", title, text, figure)


def _sweep_plate(sweep: Sweep, finish: Named, figure: Figure) -> FigureEntry:
    first, words = sweep.members[0], finish_in_words(finish)
    # a condition is in one sweep over the same number, so that its first member names it
    name = f"barrier-by-{sweep.over}-{first.slug}-{_finish_slug(first, finish)}"
    what = "the width" if sweep.over == "width" else "the epochs of training"
    kept = f"{first.recipe}, " if sweep.over == "width" else ""
    text = (
        f"Chord barrier of the test loss against {what}: {first.dataset}, {sweep.range}, {kept}"
        f"{first.split} training images, {words}. Mean over pairs (line) with its interval "
        "(band), and every pair (points). The axis is logarithmic away from zero where one method "
        f"dwarfs the others. {where_measured(pd.concat([s.select(finish) for s in sweep.members]))}"
    )
    title = f"Barrier against {sweep.over}: {first.dataset}, {sweep.range}, {words}"
    return FigureEntry(name, "", title, text, figure)


def figure_entries(condition: Condition) -> Iterator[FigureEntry]:
    """The figures of `condition` that its results can fill."""
    if figure := barriers.draw_barriers(condition):
        text = (
            "Chord barrier of the test loss: mean over pairs (marker), its interval (bar) and "
            "every pair (strokes); sorted by the first panel. Finishes of fewer than half of the "
            "methods are in the tables. The axis is logarithmic away from zero where one method "
            "dwarfs the others."
        )
        yield _plate(condition, "barrier", "Barrier by method", text, figure)
    if len(condition.methods()) >= SCATTER and (figure := cost.draw_cost(condition)):
        device, count, _ = machines.machine(condition)
        text = (
            f"The time of `align` alone (median) on {device}, {threads(count)}, and the test "
            "accuracy of the merge with equal weights (mean over pairs), with their intervals; "
            "the fastest on top. Finishes of fewer than half of the methods are in the tables. "
            "Where one method loses much, accuracies are spaced by the logarithm of the share of "
            "errors."
        )
        yield _plate(condition, "cost", "Time and accuracy", text, figure)
    if figure := calibration.draw_calibration(condition):
        text = (
            "Calibration error, loss and accuracy on the test set of the merge with equal weights, "
            "and of what a single network comes to by fitting a temperature or its output biases: "
            "mean with its interval, the least calibration error on top; lines are the networks' "
            "mean and their ensemble."
        )
        yield _plate(condition, "calibration", "Calibration beside controls", text, figure)
    for finish in condition.finishes:
        if not curves.has_curves(condition, finish):
            continue
        words = finish_in_words(finish)
        text = (
            "Loss and accuracy along the line between the aligned networks: mean over pairs, test "
            "solid with its interval, train dashed; references are of the test set. The ends are "
            "the networks as they were trained; where maps are soft, a line may jump there. A loss "
            "axis is logarithmic where the greatest dwarfs the smallest. Of many methods each has "
            "a panel, those that rise most first, with plain averages in grey and its variants "
            "(+) as thin lines."
        )
        yield _plate(
            condition,
            "curves",
            f"Along the line: {words}",
            text,
            curves.draw_curves(condition, finish),
            finish,
        )
    for finish in condition.finishes:
        if not retraining.has_epochs(condition, finish):
            continue
        text = (
            "Test loss and accuracy of the merge with equal weights after each epoch of training "
            "that follows it: mean over pairs with its interval; 0 is the merge itself. The "
            "learning rate falls over the whole run, so that a run of fewer epochs ends higher "
            f"than it stands here after as many.{_controls(condition, finish)}"
        )
        yield _plate(
            condition,
            "retraining",
            f"Against epochs: {finish_in_words(finish)}",
            text,
            retraining.draw_retraining(condition, finish),
            finish,
        )


def _controls(condition: Condition, finish: Named) -> str:
    """What the lines beside those of merges are, where there are any."""
    words: dict[retraining.Whose, str] = {
        "a parent": "one network alone is a parent trained on for as long",
        "a network from scratch": "from scratch is a new network, whose start lies beyond the axes",
    }
    told = [words[w] for w in retraining.whose_lines(condition, finish) if w in words]
    text = "; ".join(told)
    return f" {text[0].upper()}{text[1:]}." if text else ""


def _finish_slug(condition: Condition, finish: Named) -> str:
    """A finish fit for a file's name, told apart from those that differ in signs alone."""
    own = slug(finish)
    alike = [each for each in condition.finishes if slug(each) == own]
    return f"{own}-{short_hash(finish)}" if len(alike) > 1 else own


def _plate(
    condition: Condition,
    kind: str,
    title: str,
    text: str,
    figure: Figure,
    finish: Named | None = None,
) -> FigureEntry:
    name = f"{kind}-{condition.slug}" + (f"-{_finish_slug(condition, finish)}" if finish else "")
    return FigureEntry(name, condition.slug, title, f"{text} {caption(condition, finish)}", figure)
