"""The layer that gives the logits."""

import torch
from torch import Tensor, nn

from ...methods.networks.calling import call
from ...methods.symmetry.axes import Params


@torch.no_grad()
def head(module: nn.Module, params: Params, images: Tensor) -> str | None:
    """The name of the linear layer whose outputs are the logits, tried on a few `images`.

    It is the last one that the module names, if twice its weights give twice the logits and what
    is added to its bias is added to them; `None` otherwise, as where the weight is computed.
    """
    linears = [name for name, layer in module.named_modules() if isinstance(layer, nn.Linear)]
    if not linears:
        return None
    name = linears[-1]
    own = {k for k in (f"{name}.weight", f"{name}.bias") if k in params}
    logits = call(module, params, images)
    if f"{name}.weight" not in own or len(params[f"{name}.weight"]) != logits.shape[1]:
        return None
    twice = call(module, params | {k: 2 * params[k] for k in own}, images)
    if not _nearly_equal(twice, 2 * logits):
        return None
    if f"{name}.bias" in own:
        more = torch.arange(logits.shape[1]).to(logits)
        moved = call(module, params | {f"{name}.bias": params[f"{name}.bias"] + more}, images)
        if not _nearly_equal(moved, logits + more):
            return None
    return name


def _nearly_equal(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, rtol=1e-4, atol=1e-5 * float(b.abs().max()))
