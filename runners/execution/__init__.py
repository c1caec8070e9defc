"""Cells measured: networks trained once, aligned, proved, timed and scored."""

from typing import TYPE_CHECKING

from ...lazy import lazy

if TYPE_CHECKING:
    from .budget import Budget as Budget
    from .engine import Engine as Engine
    from .engine import Tally as Tally
    from .pool import WorkerPool as WorkerPool
    from .worker import Worker as Worker
    from .workspace import EvaluatedNetworks as EvaluatedNetworks
    from .workspace import Workspace as Workspace

_HOMES = {
    "Budget": ".budget",
    "Engine": ".engine",
    "EvaluatedNetworks": ".workspace",
    "Tally": ".engine",
    "Worker": ".worker",
    "WorkerPool": ".pool",
    "Workspace": ".workspace",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
