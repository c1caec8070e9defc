"""What a proof moves: parameters that are not at rest, and units in a random order."""

import torch
from torch import Tensor, nn

from ..modules.twin import tensors
from ..symmetry.axes import Params, Symmetry
from ..symmetry.maps import Map, Nested, Permutation, SignedPermutation
from ..symmetry.reorderings import drawn


def lively(
    module: nn.Module, params: Params, symmetry: Symmetry, generator: torch.Generator
) -> Params:
    """The learnt parameters in float64 with a little noise; what is tied stays tied."""
    drawn: dict[int, Tensor] = {}
    found: Params = {}
    for name, own in tensors(module).items():
        value = params[name]
        if name in symmetry.constants or not value.is_floating_point():
            found[name] = value
            continue
        if id(own) not in drawn:
            value = value.double()
            noise = torch.rand(value.shape, generator=generator, dtype=torch.float64)
            noise = (2 * noise - 1).to(value.device)
            if value.numel() and value.min() >= 0:  # variances and scales stay positive
                drawn[id(own)] = value * (1 + noise / 4) + noise.abs() / 10
            else:
                drawn[id(own)] = value + noise * (value.abs().mean() / 4)
        found[name] = drawn[id(own)]
    return found


def moving_alone(group: str, move: Map) -> dict[str, Map]:
    """The map of one group, what it lies within in its place."""
    if isinstance(move, Nested):
        return {group: Nested(torch.arange(len(move.outer)), move.inner)}
    return {group: move}


def shuffled(symmetry: Symmetry, generator: torch.Generator) -> dict[str, Map]:
    """Units within others have an order of their own in each of them."""
    nested = symmetry.nested()
    maps: dict[str, Map] = {g: m for g, m in drawn(symmetry, generator).items() if g in nested}
    for group, units in symmetry.groups().items():
        if group in nested:
            continue
        index = torch.randperm(units, generator=generator)
        if index.equal(torch.arange(units)):
            index = index.roll(1)
        signs = 1 - 2 * torch.randint(2, (units,), generator=generator)
        odd = group in symmetry.odd
        maps[group] = SignedPermutation(index, signs) if odd else Permutation(index)
    return maps
