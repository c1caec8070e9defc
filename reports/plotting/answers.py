"""The figures of the answers on the first page, by their names."""

from collections.abc import Iterator, Sequence
from itertools import chain

from ..answers.answer import listed
from ..answers.conditions import chosen_sweeps
from ..answers.retraining import longest
from ..data.grid import GridResults
from ..data.standings import Standings
from .catalogue import FigureEntry
from .methods import draw_methods
from .retraining import draw_retraining, whose_lines
from .sweeps import draw_families, draw_sweeps


def answer_figures(grids: Sequence[GridResults], found: Standings) -> Iterator[FigureEntry]:
    """The figures that these results can fill."""
    if figure := draw_methods(found):
        text = (
            "Test accuracy of the merge with equal weights: mean over sets of networks with its "
            "interval; filled where it is as good as the best, a square where settings were chosen."
        )
        yield FigureEntry("methods", "", "Every method in every scenario", text, figure)
    chosen = chosen_sweeps(grids)
    if figure := draw_families(chosen):
        text = (
            "What a method leaves of the chord barrier of the test loss, against plain averages of "
            "the same pairs: means over pairs, a line a family of networks from its narrowest "
            "on. Intervals are in the next figure."
        )
        yield FigureEntry("families", "", "Barrier against width, all families", text, figure)
    if figure := draw_sweeps(chosen):
        text = (
            "Chord barrier of the test loss: mean over pairs with its interval, and every pair. "
            "An axis is logarithmic away from zero where one method dwarfs the others."
        )
        yield FigureEntry("sweeps", "", "Barrier against width and training", text, figure)
    conditions = list(chain.from_iterable(grid.conditions for grid in grids))
    if long := longest(conditions):
        condition, finish = long
        whose = listed(f"of {one}" for one in whose_lines(condition, finish))
        text = (
            f"{condition.title}: test loss and accuracy {whose} after each epoch of training: "
            "mean over pairs with its interval."
        )
        figure = draw_retraining(condition, finish)
        yield FigureEntry("retraining", "", "Retrained merges", text, figure)
