"""Parameters that are one because they lie in one memory, whatever slots of a module hold them.

`decoder.weight.data = embedding.weight.data` ties two, as `decoder.weight = embedding.weight` does.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

_BY_NAME = "_basinbench_tied_by_name"
"""An attribute of modules in which only slots of one parameter are tied."""


class _Place(NamedTuple):
    """Which numbers of which storage a tensor is."""

    storage: int
    offset: int
    dtype: torch.dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def end(self) -> int:
        """Where the last of its numbers ends."""
        return (
            self.offset
            + 1
            + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        )

    def shares(self, other: "_Place") -> bool:
        """Whether the two have a number in common."""
        numbers = torch.arange(max(self.end, other.end))
        own, its = (numbers.as_strided(p.shape, p.strides, p.offset) for p in (self, other))
        return bool(torch.isin(own.flatten(), its.flatten()).any())


def tied_by_name(module: nn.Module) -> None:
    """Mark `module` as one whose parameters may share numbers by chance, as those of a copy."""
    module.__dict__[_BY_NAME] = True


def by_memory(module: nn.Module) -> dict[int, list[nn.Parameter]]:
    """Id of a parameter -> all that lie in the same memory as it, where there are several."""
    found: dict[_Place, list[nn.Parameter]] = {}
    for _, parameter, place in _placed(module):
        found.setdefault(place, []).append(parameter)
    several = [each for each in found.values() if len(each) > 1]
    return {id(parameter): each for each in several for parameter in each}


def overlapping(module: nn.Module) -> tuple[str, str] | None:
    """Two parameters that have some numbers in common and are not one; `None` if there are none."""
    placed = sorted(_placed(module), key=lambda found: found[2][:2])
    for (first, _, a), (second, _, b) in pairwise(placed):
        if a != b and a.storage == b.storage and b.offset < a.end and a.shares(b):
            return first, second
    return None


def _placed(module: nn.Module) -> list[tuple[str, nn.Parameter, _Place]]:
    if vars(module).get(_BY_NAME):
        return []
    every = ((name, p, _place(p)) for name, p in module.named_parameters())
    return [(name, p, place) for name, p, place in every if place is not None]


def _place(tensor: Tensor) -> _Place | None:
    """`None` where it is not known, or there are no numbers."""
    if nn.parameter.is_lazy(tensor) or tensor.layout != torch.strided or not tensor.numel():
        return None
    try:
        storage: Any = tensor.untyped_storage()
    except (RuntimeError, NotImplementedError):  # a subclass that holds its numbers elsewhere
        return None
    # Told by the storage and not by its address, which tensors on meta have not.
    offset, shape = int(tensor.storage_offset()), tuple(tensor.shape)
    return _Place(storage._cdata, offset, tensor.dtype, shape, tensor.stride())
