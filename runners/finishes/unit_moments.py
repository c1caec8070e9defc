"""Mean and deviation of every unit of some layers, and their correction within one pass."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...methods.networks.calling import call
from ...methods.symmetry.axes import Params, Symmetry
from .unit_dims import unit_dims

PROBE_IMAGES = 4
"""Images on which it is tried where a layer's units stand."""

EPS = 1e-5
"""Added to every variance, as batch norm does: two units that never change agree in deviation. It
is on the scale of the outputs as they are: where their variances are about as small or smaller,
they are corrected in part, or hardly at all."""


@dataclass(frozen=True, eq=False)
class UnitMoments:
    """Mean and standard deviation of a layer's outputs, unit by unit, (units,) in float64 each."""

    mean: Tensor
    std: Tensor


@dataclass(frozen=True, eq=False)
class Affine:
    """`scale` and `shift` of a layer's outputs, (units,) in float64 each."""

    scale: Tensor
    shift: Tensor

    def __call__(self, outputs: Tensor, dim: int) -> Tensor:
        """Outputs with their units along `dim`, scaled and shifted."""
        shape = [-1 if d == dim % outputs.ndim else 1 for d in range(outputs.ndim)]
        scale, shift = (v.to(outputs).view(shape) for v in (self.scale, self.shift))
        return torch.addcmul(shift, outputs, scale)


WRITERS = (nn.Linear, nn.Conv1d, nn.Conv2d)
"""Layers whose outputs are units, each from a row of their weight."""

Correction = Callable[[str, UnitMoments], Affine]
"""Layer and the moments of its outputs -> what is done to them."""


def units_layers(module: nn.Module, symmetry: Symmetry, norms: bool) -> list[str]:
    """The convolutions and linear layers that write hidden units, and norms if asked for.

    Hidden are units that may be reordered: the layer of the classes is not among them. A norm is a
    layer with no more than a weight and a bias a unit.
    """
    return [
        name
        for name, layer in module.named_modules()
        if (isinstance(layer, WRITERS) or (norms and is_norm(layer)))
        and (axes := symmetry.axes.get(f"{name}.weight"))
        and axes[0].groups
    ]


def computed(module: nn.Module, symmetry: Symmetry) -> str | None:
    """The first layer that writes hidden units by a weight that is computed and no parameter.

    So weight norm does it: there is no tensor in which the outputs could be scaled.
    """
    for name, layer in module.named_modules():
        if isinstance(layer, WRITERS) and f"{name}.weight".lstrip(".") not in symmetry.axes:
            own = (axes for n, axes in symmetry.axes.items() if n.startswith(f"{name}.") and axes)
            if any(axes[0].groups for axes in own):
                return name
    return None


def uncalled(module: nn.Module, layers: Iterable[str]) -> str | None:
    """The first of `layers` that no hook sees: attention uses its weight without calling it."""
    for name in layers:
        if isinstance(module.get_submodule(name.rpartition(".")[0]), nn.MultiheadAttention):
            return name
    return None


def is_norm(layer: nn.Module) -> bool:
    """Whether the layer has a weight and a bias a unit and no other parameter of its own."""
    own = dict(layer.named_parameters(recurse=False))
    return own.keys() == {"weight", "bias"} and own["weight"].ndim == own["bias"].ndim == 1


@torch.no_grad()
def moments(
    module: nn.Module,
    params: Params,
    layers: Sequence[str],
    images: Sequence[Tensor],
    correct: Correction | None = None,
) -> dict[str, UnitMoments]:
    """The moments of every layer of `layers` over all `images`, batches of equal weight.

    With `correct`, each batch is corrected by its own moments before it goes on, as by a batch
    norm in training, so that one pass serves every layer: what is counted at a layer is what it
    makes of corrected inputs. The units of each layer must stand along some dimension: `unplaced`.
    """
    dims = unit_dims(module, params, layers, images[0][:PROBE_IMAGES])
    network = copy.deepcopy(module).eval()
    sums: dict[str, list[Tensor]] = {name: [] for name in layers}
    for name in layers:
        if (dim := dims.get(name)) is None:
            raise ValueError(f"where the units of {name!r} stand is not known: `unplaced` tells")
        hook = _watch(name, dim, sums[name], correct)
        network.get_submodule(name).register_forward_hook(hook)
    for x in images:
        call(network, params, x)
    return {name: _pooled(torch.stack(found)) for name, found in sums.items()}


def unplaced(module: nn.Module, params: Params, layers: Sequence[str], x: Tensor) -> str | None:
    """The first of `layers` whose units are found along no dimension of its outputs."""
    dims = unit_dims(module, params, layers, x)
    return next((name for name in layers if dims.get(name) is None), None)


def fused(params: Params, corrections: Mapping[str, Affine]) -> Params:
    """Parameters whose layers give what they gave, scaled and shifted; a bias is where it was."""
    changed = dict(params)
    for name, affine in corrections.items():
        weight = params[f"{name}.weight"]
        changed[f"{name}.weight"] = Affine(affine.scale, torch.zeros_like(affine.scale))(weight, 0)
        if f"{name}.bias" in params:
            changed[f"{name}.bias"] = affine(params[f"{name}.bias"], 0)
    return changed


def _watch(name: str, dim: int, seen: list[Tensor], correct: Correction | None):
    def hook(layer: nn.Module, inputs: tuple[Tensor, ...], outputs: Tensor) -> Tensor | None:
        del layer, inputs
        others = [d for d in range(outputs.ndim) if d != dim % outputs.ndim]
        var, mean = torch.var_mean(outputs, others, correction=0)
        seen.append(torch.stack([mean.double(), var.double()]))
        return None if correct is None else correct(name, _pooled(seen[-1][None]))(outputs, dim)

    return hook


def _pooled(batches: Tensor) -> UnitMoments:
    """Means and variances (batches, 2, units) as the moments of all batches together."""
    mean, within = batches.mean(0)
    between = batches[:, 0].var(0, correction=0)
    return UnitMoments(mean, (within + between + EPS).sqrt())
