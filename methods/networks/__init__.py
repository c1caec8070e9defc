"""Networks as values: the one checked way in, and what a network takes and gives."""

from typing import TYPE_CHECKING

from ...lazy import lazy

if TYPE_CHECKING:
    from ..modules.forms import Inputs as Inputs
    from .construction import network as network
    from .trained import Network as Network

_HOMES = {"Inputs": "..modules.forms", "Network": ".trained", "network": ".construction"}

__getattr__, __dir__ = lazy(__name__, _HOMES)
