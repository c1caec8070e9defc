"""A line whose first layer is evaluated once at each end, and not again at every point."""

import copy
from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...methods.base import weighted_mean
from ...methods.networks.calling import call
from ...methods.symmetry.axes import Params
from .evaluate import Resident

PROBE_IMAGES = 4


def fold(
    module: nn.Module, ends: tuple[Params, Params], data: Resident, kept: Collection[str] = ()
) -> Callable[[float], Tensor] | None:
    """A function of `t`: log-probabilities (n, classes) on the line between the `ends`.

    The outputs of a linear layer that sees the images themselves are affine in its weights: along
    the line they are the weighted mean of its outputs at the ends. For Git Re-Basin's MLP that
    layer is two fifths of all products. Tensors `kept` are the first end's. `None` where the
    network does not begin with such a layer.
    """
    name = _first_linear(module)
    if name is None or not _begins_with(module, name, ends[0], data.images[0][:PROBE_IMAGES]):
        return None
    rest = _without_layer(module, name)
    own = {f"{name}.weight", f"{name}.bias"}
    others = tuple({k: v for k, v in end.items() if k not in own} for end in ends)
    with torch.inference_mode():
        outputs = [tuple(_first_layer_output(end, name, x) for end in ends) for x in data.images]

    @torch.inference_mode()
    def at(t: float) -> Tensor:
        params = weighted_mean(others, (1 - t, t), kept)
        logits = [call(rest, params, a.lerp(b, t)) for a, b in outputs]
        return torch.cat(logits).log_softmax(dim=1)

    return at


def _first_linear(module: nn.Module) -> str | None:
    """The name of the first part with weights, if it is a linear layer."""
    for name, part in module.named_modules():
        if name and list(part.parameters(recurse=False)):
            return name if isinstance(part, nn.Linear) else None
    return None


def _without_layer(module: nn.Module, name: str) -> nn.Module:
    rest = copy.deepcopy(module).eval()
    rest.set_submodule(name, nn.Identity())
    return rest


def _first_layer_output(params: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    return F.linear(x.flatten(1), params[f"{name}.weight"], params.get(f"{name}.bias"))


@torch.inference_mode()
def _begins_with(module: nn.Module, name: str, params: Params, x: Tensor) -> bool:
    """Whether the layer sees the flattened images and nothing else does, tried on a few of them."""
    if params[f"{name}.weight"].shape[1] != x[0].numel():
        return False
    whole = call(module, params, x)
    rest = {k: v for k, v in params.items() if k not in {f"{name}.weight", f"{name}.bias"}}
    try:
        folded = call(_without_layer(module, name), rest, _first_layer_output(params, name, x))
    except RuntimeError:
        return False
    return torch.allclose(whole, folded, rtol=1e-4, atol=1e-5 * float(whole.abs().max()))
