"""One trained network whose numbers stay in its files: larger than the memory, if need be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..modules.extra_state import extra_states
from ..modules.twin import parameter_names
from ..symmetry.axes import Params, Symmetry
from .checks import check_traced, fitting, settled
from .loading import Loaded


@dataclass(frozen=True, eq=False)
class StoredNetwork:
    """A network as its files have it, in their types, and its symmetry.

    `params` are mapped from the files, not held: whoever computes with them converts a block at a
    time. It cannot be called, and few methods can take it; make one with `stored_network`.
    `trained` are the names of its parameters, each once; `extra` the extra states of its layers.
    """

    params: Params
    symmetry: Symmetry
    trained: tuple[str, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def weights(self) -> Params:
        """The trained parameters that methods compare: no buffers, nothing that is excluded."""
        return {n: self.params[n] for n in self.trained if n not in self.symmetry.excluded}

    @property
    def kept(self) -> frozenset[str]:
        """Tensors that no merge averages, excluded or constant: it has its first network's."""
        return self.symmetry.excluded | self.symmetry.constants


def stored_network(found: Loaded, symmetry: Symmetry) -> StoredNetwork:
    """The network that was `loaded` with `mapped`, whose parameters may be on `meta`.

    All is checked as `network` checks it, for which the files are read through once. Raises
    `UserError` where something does not fit.
    """
    params = fitting(found.module, found.params, symmetry)
    settled(params, symmetry.constants)
    check_traced(found.module, params, symmetry)
    names, extra = parameter_names(found.module), extra_states(found.module)
    return StoredNetwork(params, symmetry, names, extra, found.notes)
