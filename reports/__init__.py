"""Tables and figures, from results alone: no training, no accelerator, no network."""

from typing import TYPE_CHECKING

from ..errors import require
from ..lazy import lazy

if TYPE_CHECKING:
    from .data.condition import Condition as Condition
    from .data.grid import GridResults as GridResults
    from .data.grid import read_grid as read_grid

_HOMES = {
    "Condition": ".data.condition",
    "GridResults": ".data.grid",
    "read_grid": ".data.grid",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)

require("report")
