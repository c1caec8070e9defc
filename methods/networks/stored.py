"""One trained network whose numbers stay in its files: larger than the memory, if need be."""

from dataclasses import dataclass

from torch import nn

from ..modules.twin import parameter_names
from ..symmetry.axes import Params, Symmetry
from .checkpoint import Checkpoint
from .checks import fitting, settled
from .construction import loaded


@dataclass(frozen=True, eq=False)
class StoredNetwork:
    """A network as its files have it, in their types, and its symmetry.

    `params` are mapped from the files, not held: whoever computes with them converts a block at a
    time. It cannot be called, and few methods can take it; make one with `stored_network`.
    `trained` are the names of its parameters, each once.
    """

    params: Params
    symmetry: Symmetry
    trained: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def weights(self) -> Params:
        """The trained parameters that methods compare: no buffers, nothing that is excluded."""
        return {n: self.params[n] for n in self.trained if n not in self.symmetry.excluded}

    @property
    def kept(self) -> frozenset[str]:
        """Tensors that no merge averages, excluded or constant: it has its first network's."""
        return self.symmetry.excluded | self.symmetry.constants


def stored_network(module: nn.Module, checkpoint: Checkpoint, symmetry: Symmetry) -> StoredNetwork:
    """The network in `checkpoint`, of the form `module`, whose parameters may be on `meta`.

    All is checked as `network` checks it, for which the files are read through once. Raises
    `UserError` where something does not fit.
    """
    params, notes = loaded(module, checkpoint, mapped=True)
    params = fitting(module, params, symmetry)
    settled(params, symmetry.constants)
    return StoredNetwork(params, symmetry, parameter_names(module), notes)
