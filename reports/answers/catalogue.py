"""Every question that the first page answers: one list, in their order."""

from collections.abc import Sequence

from ..data.grid import GridResults
from ..data.standings import standings
from ..judging.claim import Finding
from .answer import Answer
from .choice import which_method
from .conditions import when_it_works
from .novelty import is_it_new
from .retraining import what_retraining_changes


def answered_by(grids: Sequence[GridResults]) -> list[GridResults]:
    """The grids that the answers rest on: those of the package where one's own stand beside."""
    shipped = [grid for grid in grids if grid.origin != "own"]
    return shipped or list(grids)


def answers(grids: Sequence[GridResults], findings: Sequence[Finding]) -> list[Answer]:
    """The answers that these results give; a question without its data is left out."""
    found = standings(grids)
    every = (
        is_it_new(grids, found, findings),
        which_method(found),
        when_it_works(grids),
        what_retraining_changes(grids),
    )
    return [answer for answer in every if answer is not None]
