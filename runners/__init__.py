"""Cells of a grid, from the command line to their records."""

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .cells.merge import Cell as Cell
    from .execution.engine import Engine as Engine
    from .execution.engine import Tally as Tally
    from .grids.blocks import Grid as Grid
    from .training.checkpoints import Endpoint as Endpoint
    from .training.recipes import Recipe as Recipe

_HOMES = {
    "Cell": ".cells.merge",
    "Endpoint": ".training.checkpoints",
    "Engine": ".execution.engine",
    "Grid": ".grids.blocks",
    "Recipe": ".training.recipes",
    "Tally": ".execution.engine",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
