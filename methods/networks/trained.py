"""One trained network as methods see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from ..modules.extra_state import extra_states
from ..modules.forms import Batch, Output
from ..modules.precision import changed, in_full
from ..modules.twin import tensors, twin
from ..symmetry.axes import Params, Symmetry
from .calling import Caller, give_logits
from .checks import check_traced, fitting, settled, tensors_alone


@dataclass(frozen=True, eq=False)
class Network:
    """One trained network: the module's form, its own parameters and buffers, its symmetry.

    Whatever it is made of is checked and stays as it is: `module` becomes a private copy in
    evaluation mode that returns logits; `params` are detached, and share the memory of those
    given unless they must be converted. All numbers are float32, or float64 where one is; `stored`
    holds the types of tensors that came in another (half precision), in which a merge is given
    back. Tied tensors stand under each of their names. `output` says where the logits are, where
    `forms.logits_of` does not find them; `notes` what was found on the way in, in sentences.

    Raises `UserError`, in one sentence, where names, shapes, types or values do not fit.
    """

    module: nn.Module
    params: Params
    symmetry: Symmetry
    output: Output | None = None
    stored: Mapping[str, torch.dtype] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        given = fitting(self.module, self.params, self.symmetry)
        params = in_full(given)
        settled(params, self.symmetry.constants)
        check_traced(self.module, given, self.symmetry)
        object.__setattr__(self, "params", params)
        object.__setattr__(self, "stored", {**self.stored, **changed(given, params)})
        own = twin(self.module, params)
        give_logits(own, self.output)
        object.__setattr__(self, "module", own)

    def __call__(self, x: Batch, params: Mapping[str, Tensor] | None = None) -> Tensor:
        """Logits of the inputs `x`, with other `params` of the same form if given.

        `x`: a tensor, a tuple of positional arguments, a dictionary of keyword arguments or
        `Inputs`; floating numbers in it are taken in the precision of the parameters.
        """
        given = self.params if params is None else tensors_alone(self.module, params)
        return self._caller(given, x)

    def completed(self, values: Mapping[str, Tensor], rest: Params | None = None) -> Params:
        """`values` among the parameters `rest` (default: its own), under each of their names.

        What was found for the first name of a tied tensor holds for the others too.
        """
        found = {**(self.params if rest is None else rest), **values}
        ties = {other: name for other, name in self.ties.items() if name in values}
        return found | {other: found[name] for other, name in ties.items()}

    @property
    def weights(self) -> Params:
        """The trained parameters that methods compare: no buffers, nothing that is excluded."""
        names = (name for name, _ in self.module.named_parameters())
        return {n: self.params[n] for n in names if n not in self.symmetry.excluded}

    @property
    def numbers(self) -> Tensor:
        """A floating tensor of the network: where all lie, and how precise they are."""
        values = self.params.values()
        return next((v for v in values if v.is_floating_point()), torch.zeros(()))

    @property
    def kept(self) -> frozenset[str]:
        """Tensors that no merge averages, excluded or constant: it has its first network's."""
        return self.symmetry.excluded | self.symmetry.constants

    @property
    def widths(self) -> dict[str, int]:
        """Group -> number of units."""
        return self.symmetry.groups()

    @cached_property
    def extra(self) -> dict[str, Any]:
        """What its `state_dict` has beside tensors: the extra states of its layers, by name."""
        return extra_states(self.module)

    @cached_property
    def ties(self) -> dict[str, str]:
        """Other name -> first name of each tied tensor, which `weights` has under the first."""
        first: dict[int, str] = {}
        own = tensors(self.module).items()
        found = {name: first.setdefault(id(tensor), name) for name, tensor in own}
        return {other: name for other, name in found.items() if other != name}

    @cached_property
    def _caller(self) -> Caller:
        return Caller.of(self.module)
