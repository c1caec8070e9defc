"""Along which dimension of a layer's outputs its units stand, found by trying."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ...methods.networks.calling import call
from ...methods.symmetry.axes import Params

_BY_CLASS: dict[type[nn.Module], int] = {nn.Linear: -1, nn.Conv1d: -2, nn.Conv2d: -3}
"""Layers whose units always stand at the same place, counted from the last dimension."""


@torch.no_grad()
def unit_dims(
    module: nn.Module, params: Params, layers: Sequence[str], x: Tensor
) -> dict[str, int | None]:
    """Layer -> the dimension of its outputs, from the last one, along which its units stand.

    `None` where there is none: a norm whose outputs are not its weight times something plus its
    bias, unit by unit. Norms of one class have their units at different places (`nn.LayerNorm` and
    the `LayerNorm2d` of torchvision, which extends it), so each is tried, with other weights and
    biases on noise in the form of what it sees when the network is shown `x`. What is not called
    then has no entry. Raises nothing of its own.
    """
    network = copy.deepcopy(module).eval()
    seen: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
    handles = [
        network.get_submodule(name).register_forward_pre_hook(
            lambda _, args, kwargs, name=name: seen.setdefault(name, (args, kwargs)) and None,
            with_kwargs=True,
        )
        for name in layers
    ]
    call(network, params, x)
    for handle in handles:
        handle.remove()
    return {name: _unit_dim(network.get_submodule(name), *seen[name]) for name in seen}


def _unit_dim(layer: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    for kind, dim in _BY_CLASS.items():
        if isinstance(layer, kind):
            return dim
    draw = torch.Generator().manual_seed(0)
    noise = tuple(
        torch.randn(v.shape, generator=draw).to(v)
        if isinstance(v, Tensor) and v.is_floating_point()
        else v
        for v in args
    )
    weight = layer.get_parameter("weight")
    like = next((v for v in noise if isinstance(v, Tensor) and v.is_floating_point()), weight)
    ones = torch.ones(len(weight)).to(like)
    shift = torch.arange(len(ones)).to(like) / len(ones) + 1

    def outputs(weight: Tensor, bias: Tensor) -> Tensor:
        own = {"weight": weight, "bias": bias}
        return torch.func.functional_call(layer, own, noise, kwargs)

    plain, changed = outputs(ones, 0 * ones), outputs(shift, -shift)
    for dim in range(-plain.ndim, 0):
        if plain.shape[dim] == len(shift):
            each = shift.view(-1, *(1,) * (-dim - 1))
            if torch.allclose(changed, each * plain - each, rtol=1e-3, atol=1e-4):
                return dim
    return None
