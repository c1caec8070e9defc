"""One trained network as methods see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor, nn

from ..modules.forms import Batch, Output, arguments, in_precision, logits_of
from ..modules.precision import changed, in_full, is_reduced
from ..modules.twin import calls_change, slots_of_one_place, twin
from ..symmetry.axes import Params, Symmetry
from .checks import fitting, settled


@dataclass(frozen=True, eq=False)
class Network:
    """One trained network: the module's form, its own parameters and buffers, its symmetry.

    Whatever it is made of is checked and stays as it is: `module` becomes a private copy in
    evaluation mode that lends its `forward`; `params` are detached, and share the memory of those
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
        settled(params)
        object.__setattr__(self, "params", params)
        object.__setattr__(self, "stored", {**self.stored, **changed(given, params)})
        object.__setattr__(self, "module", twin(self.module, params))

    def __call__(self, x: Batch, params: Mapping[str, Tensor] | None = None) -> Tensor:
        """Logits of the inputs `x`, with other `params` of the same form if given.

        `x`: a tensor, a tuple of positional arguments, a dictionary of keyword arguments or
        `Inputs`; floating numbers in it are taken in the precision of the parameters.
        """
        used = self.params if params is None else params
        if params is not None and any(map(is_reduced, used.values())):
            used = in_full(used)
        own = {n: v for n, v in used.items() if n not in self._second_names}
        for name in self._written & own.keys():
            own[name] = own[name].clone()
        precision = next((v.dtype for v in own.values() if v.is_floating_point()), None)
        given = arguments(x if precision is None else in_precision(x, precision))
        result = torch.func.functional_call(
            self.module, own, given.args, dict(given.kwargs), tie_weights=False
        )
        return logits_of(result, self.output)

    @property
    def weights(self) -> Params:
        """The trained parameters that methods compare: no buffers, nothing that is excluded."""
        names = (name for name, _ in self.module.named_parameters())
        return {n: self.params[n] for n in names if n not in self.symmetry.excluded}

    @property
    def widths(self) -> dict[str, int]:
        """Group -> number of units."""
        return self.symmetry.groups()

    @cached_property
    def _second_names(self) -> frozenset[str]:
        return slots_of_one_place(self.module)

    @cached_property
    def _written(self) -> frozenset[str]:
        return calls_change(self.module)
