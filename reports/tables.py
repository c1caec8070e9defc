"""The tables of one grid: one list."""

from .barrier_table import barriers
from .cost_table import cost
from .grid import Grid
from .outcome_table import outcomes
from .score_table import scores
from .table import Table


def tables(grid: Grid) -> list[Table]:
    """All tables, in the order in which they are read."""
    return [make(grid) for make in (barriers, scores, cost, outcomes)]
