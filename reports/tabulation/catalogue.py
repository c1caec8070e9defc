"""The tables of one grid: one list."""

from ..data.grid import GridResults
from .barriers import barrier_table
from .cost import cost_table
from .fidelity import fidelity_table
from .outcomes import outcome_table
from .ranks import rank_table
from .recovery import recovery_table
from .retraining import retraining_table
from .scores import score_table
from .table import Table

OPTIONAL = ("retraining", "ranks")
"""Tables that are left out where they have no section."""


def tables(grid: GridResults) -> list[Table]:
    """All tables that have something to say, in the order in which they are read."""
    if grid.is_fidelity:
        return [fidelity_table(grid), outcome_table(grid)]
    about = (
        (recovery_table,)
        if grid.is_planted
        else (barrier_table, score_table, rank_table, retraining_table)
    )
    made = [make(grid) for make in (*about, cost_table, outcome_table)]
    return [table for table in made if table.sections or table.name not in OPTIONAL]
