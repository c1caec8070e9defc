"""Parameters that evaluation mode does not use: auxiliary heads, tokens for what is masked."""

import warnings
from collections.abc import Sequence
from math import prod

from torch import nn

from ...errors import UserError
from ..modules.forms import Batch
from ..symmetry.axes import Symmetry
from .export import Exported, export


class UnusedParameterWarning(UserWarning):
    """A parameter that no mode uses, and that may belong to units which move."""


def training_graph(
    module: nn.Module, exported: Exported, constants: frozenset[str], example: Batch
) -> list[Exported]:
    """The graph of training mode, if evaluation mode leaves parameters unused and it exists."""
    if not _unused([exported], constants):
        return []
    try:
        return [export(module, example, training=True)]
    except UserError:  # no graph in training mode: then they stay, and the user is told
        return []


def warn_of_unused(symmetry: Symmetry, graphs: Sequence[Exported]) -> None:
    """Name the parameters that are used in no graph and have an axis as long as one that moves."""
    moving = {axis.size for axes in symmetry.axes.values() for axis in axes if axis.groups}
    names = [
        name
        for name in _unused(graphs, symmetry.constants)
        if moving.intersection(axis.size for axis in symmetry.axes[name])
    ]
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        warnings.warn(
            f"{', '.join(map(repr, names[:3]))}{more} "
            f"{'is' if len(names) == 1 else 'are'} used neither in evaluation nor in training mode "
            "with this example: they stay as they are, also where they belong to units that move",
            UnusedParameterWarning,
            stacklevel=3,
        )


def _unused(graphs: Sequence[Exported], constants: frozenset[str]) -> list[str]:
    used = frozenset[str]().union(*(graph.used for graph in graphs))
    return [
        name
        for name, shape in graphs[0].state.items()
        if name not in used and name not in constants and prod(shape) > 1
    ]
