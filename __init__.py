"""Methods that bring independently trained networks into one basis, compared on equal terms."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .datasets.base import Dataset as Dataset
    from .datasets.base import Images as Images
    from .datasets.catalogue import load as load
    from .errors import UserError as UserError
    from .methods.base import Alignment as Alignment
    from .methods.base import Method as Method
    from .methods.base import Network as Network
    from .methods.base import Problem as Problem
    from .methods.function import method as method
    from .methods.maps import Linear as Linear
    from .methods.maps import Map as Map
    from .methods.maps import Permutation as Permutation
    from .methods.spec import from_axes_to_perm as from_axes_to_perm
    from .methods.spec import to_axes_to_perm as to_axes_to_perm
    from .methods.symmetry import Symmetry as Symmetry
    from .methods.trace import trace as trace
    from .results.record import Record as Record
    from .runners.cells import Cell as Cell
    from .runners.endpoints import Endpoint as Endpoint
    from .runners.grids import Grid as Grid

__version__ = "0.1.0"

# Public name -> the module that has it. Loaded when first asked for, since most of them
# import torch, which `basinbench --help` must not wait for.
_HOMES = {
    "Alignment": ".methods.base",
    "Cell": ".runners.cells",
    "Dataset": ".datasets.base",
    "Endpoint": ".runners.endpoints",
    "Grid": ".runners.grids",
    "Images": ".datasets.base",
    "Linear": ".methods.maps",
    "Map": ".methods.maps",
    "Method": ".methods.base",
    "Network": ".methods.base",
    "Permutation": ".methods.maps",
    "Problem": ".methods.base",
    "Record": ".results.record",
    "Symmetry": ".methods.symmetry",
    "UserError": ".errors",
    "from_axes_to_perm": ".methods.spec",
    "load": ".datasets.catalogue",
    "method": ".methods.function",
    "to_axes_to_perm": ".methods.spec",
    "trace": ".methods.trace",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
