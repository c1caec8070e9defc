"""The cells of a grid on their way to records: what is next, who is at what, where it is done."""

from typing import TYPE_CHECKING

from ...lazy import lazy

if TYPE_CHECKING:
    from .engine import Engine as Engine
    from .engine import Tally as Tally
    from .executor import Executor as Executor
    from .pool import WorkerPool as WorkerPool

_HOMES = {
    "Engine": ".engine",
    "Executor": ".executor",
    "Tally": ".engine",
    "WorkerPool": ".pool",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
