"""Symmetries written by hand, read as they are published and proved where that is possible."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from ...errors import UserError
from ..modules.forms import Batch, Output
from ..modules.twin import tensors
from ..symmetry.axes import Symmetry
from ..symmetry.permutation_spec import declared_symmetry
from .proof import prove

_FIELDS = ("axes_to_perm", "layer_and_axes_to_perm")


def from_axes_to_perm(
    axes_to_perm: Mapping[str, Sequence[str | None]] | Any,
    network: Mapping[str, Tensor] | nn.Module,
    *examples: Batch,
    output: Output | None = None,
) -> Symmetry:
    """The symmetry that `axes_to_perm` declares for `network`, proved if it is a module.

    `axes_to_perm`: Git Re-Basin's table, parameter -> the permutation of each dimension, or an
    object that has it as a field `axes_to_perm` or `layer_and_axes_to_perm` (C2M3's name). Entries
    `None` beyond the dimensions of a tensor are read over, as published tables have them.
    `network`: the module, which needs at least one of the `examples`, a batch of inputs, for
    `prove`; or parameters by name, and then nothing is proved.

    Dimension 1 of a tensor named `...weight` is taken to read what other tensors write; the order
    of the groups follows from that and from the network, not from that of the table. Where a
    matrix reads k times as many positions as the group has units, a flatten stands before it: the
    unit is the outer factor, and k places belong to it. Raises `UserError` for a name that is
    missing on either side (scalars may be left out), a wrong number of dimensions, a group of two
    sizes, and for a module that does not compute the same when the units move.
    """
    for name in _FIELDS:
        axes_to_perm = getattr(axes_to_perm, name, axes_to_perm)
    if not isinstance(axes_to_perm, Mapping):
        raise UserError(
            "a specification is a dictionary from parameters to permutations, or has one as "
            f"{' or '.join(_FIELDS)}; {type(axes_to_perm).__name__} has not"
        )
    if not isinstance(network, nn.Module):
        return declared_symmetry(axes_to_perm, network)
    if not examples:
        raise UserError(
            "a module needs an example to prove its specification: give a batch of inputs as well, "
            "or module.state_dict() to have nothing proved"
        )
    symmetry = declared_symmetry(axes_to_perm, tensors(network))
    prove(network, symmetry, *examples, output=output).raise_for_failure()
    return symmetry
