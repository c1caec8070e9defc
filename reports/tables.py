"""The tables of one grid: one list."""

from .barrier_table import barriers
from .cost_table import cost
from .grid import Grid
from .outcome_table import outcomes
from .rank_table import ranks
from .recovery_table import recovery
from .retraining_table import retraining
from .score_table import scores
from .table import Table

OPTIONAL = ("retraining", "ranks")
"""Tables that are left out where they have no section."""


def tables(grid: Grid) -> list[Table]:
    """All tables that have something to say, in the order in which they are read."""
    about = (recovery,) if grid.is_planted else (barriers, scores, ranks, retraining)
    made = [make(grid) for make in (*about, cost, outcomes)]
    return [table for table in made if table.sections or table.name not in OPTIONAL]
