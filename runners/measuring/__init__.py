"""How one cell is measured: its networks at hand, aligned, proved, timed and scored."""

from typing import TYPE_CHECKING

from ...lazy import lazy

if TYPE_CHECKING:
    from .budget import Budget as Budget
    from .worker import Worker as Worker
    from .workspace import EvaluatedNetworks as EvaluatedNetworks
    from .workspace import Workspace as Workspace

_HOMES = {
    "Budget": ".budget",
    "EvaluatedNetworks": ".workspace",
    "Worker": ".worker",
    "Workspace": ".workspace",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
