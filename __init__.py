"""Methods that bring independently trained networks into one basis, compared on equal terms."""

from typing import TYPE_CHECKING

from .lazy import lazy

if TYPE_CHECKING:
    from .datasets.base import Dataset as Dataset
    from .datasets.base import Images as Images
    from .datasets.base import dataset as dataset
    from .datasets.catalogue import load as load
    from .errors import UserError as UserError
    from .methods.base import Alignment as Alignment
    from .methods.base import Method as Method
    from .methods.base import Problem as Problem
    from .methods.modules.blank import parameters_on_meta as parameters_on_meta
    from .methods.modules.forms import Inputs as Inputs
    from .methods.networks.construction import network as network
    from .methods.networks.trained import Network as Network
    from .methods.plugins.function import method as method
    from .methods.proving.declared import from_axes_to_perm as from_axes_to_perm
    from .methods.proving.proof import prove as prove
    from .methods.symmetry.axes import Symmetry as Symmetry
    from .methods.symmetry.explanation import explain as explain
    from .methods.symmetry.maps import Linear as Linear
    from .methods.symmetry.maps import Map as Map
    from .methods.symmetry.maps import Nested as Nested
    from .methods.symmetry.maps import Permutation as Permutation
    from .methods.symmetry.permutation_spec import to_axes_to_perm as to_axes_to_perm
    from .methods.tracing.trace import trace as trace
    from .results.record import Record as Record
    from .runners.calls import align as align
    from .runners.calls import line as line
    from .runners.calls import merge as merge
    from .runners.cells.merge import Cell as Cell
    from .runners.finishes.base import Finish as Finish
    from .runners.finishes.base import Finished as Finished
    from .runners.finishes.base import Merge as Merge
    from .runners.finishes.base import MergeContext as MergeContext
    from .runners.grids.blocks import Block as Block
    from .runners.grids.blocks import Grid as Grid
    from .runners.networks.base import Architecture as Architecture
    from .runners.own_networks.compare import compare as compare
    from .runners.own_networks.from_files import merge_from_files as merge_from_files
    from .runners.training.checkpoints import Endpoint as Endpoint
    from .runners.training.recipes import Recipe as Recipe

__version__ = "0.1.0"

# Public name -> the module that has it. Loaded when first asked for, since most of them
# import torch, which `basinbench --help` must not wait for.
_HOMES = {
    "Alignment": ".methods.base",
    "Architecture": ".runners.networks.base",
    "Block": ".runners.grids.blocks",
    "Cell": ".runners.cells.merge",
    "Dataset": ".datasets.base",
    "Endpoint": ".runners.training.checkpoints",
    "Finish": ".runners.finishes.base",
    "Finished": ".runners.finishes.base",
    "Grid": ".runners.grids.blocks",
    "Images": ".datasets.base",
    "Inputs": ".methods.modules.forms",
    "Linear": ".methods.symmetry.maps",
    "Map": ".methods.symmetry.maps",
    "Merge": ".runners.finishes.base",
    "MergeContext": ".runners.finishes.base",
    "Method": ".methods.base",
    "Nested": ".methods.symmetry.maps",
    "Network": ".methods.networks.trained",
    "Permutation": ".methods.symmetry.maps",
    "Problem": ".methods.base",
    "Recipe": ".runners.training.recipes",
    "Record": ".results.record",
    "Symmetry": ".methods.symmetry.axes",
    "UserError": ".errors",
    "align": ".runners.calls",
    "compare": ".runners.own_networks.compare",
    "dataset": ".datasets.base",
    "explain": ".methods.symmetry.explanation",
    "from_axes_to_perm": ".methods.proving.declared",
    "line": ".runners.calls",
    "load": ".datasets.catalogue",
    "merge": ".runners.calls",
    "merge_from_files": ".runners.own_networks.from_files",
    "method": ".methods.plugins.function",
    "network": ".methods.networks.construction",
    "parameters_on_meta": ".methods.modules.blank",
    "prove": ".methods.proving.proof",
    "to_axes_to_perm": ".methods.symmetry.permutation_spec",
    "trace": ".methods.tracing.trace",
}


__getattr__, __dir__ = lazy(__name__, _HOMES)
