"""A line whose first layer is evaluated once at each end, and not again at every point."""

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...methods.base import weighted_mean
from ...methods.modules.forms import logits_of
from ...methods.networks.calling import Caller, call
from ...methods.symmetry.axes import Params
from .evaluate import Resident, joined_log_softmax

PROBE_IMAGES = 4


@dataclass(frozen=True, eq=False)
class FirstLayers:
    """What the linear layer called `name` makes of all images in each of two networks.

    The outputs of a layer that sees the images themselves are affine in its weights: along a line
    they are the weighted mean of its outputs at the ends. For Git Re-Basin's MLP that layer is two
    fifths of all products. `outputs`: of each network, batch by batch. `rest`: all other layers.
    """

    name: str
    rest: nn.Module
    data: Resident
    outputs: tuple[tuple[Tensor, ...], ...]

    @classmethod
    def of(
        cls, module: nn.Module, networks: Sequence[Params], data: Resident
    ) -> "FirstLayers | None":
        """Those of networks with the form of `module`; `None` where they do not begin like that."""
        name, images = _first_linear(module), data.images
        if name is None or not _begins_with(module, name, networks[0], images[0][:PROBE_IMAGES]):
            return None
        outputs = tuple(_outputs(params, name, data) for params in networks)
        return cls(name, _without_layer(module, name), data, outputs)

    @property
    def weight(self) -> str:
        """The name of the layer's weight."""
        return f"{self.name}.weight"

    def line(
        self,
        ends: Sequence[Params],
        orders: Sequence[Tensor | None],
        kept: Collection[str] = (),
    ) -> Callable[[float], Tensor]:
        """A function of `t`: log-probabilities (n, classes) on the line between the `ends`.

        Each end is one of the networks with the layer's units in another order, its entry of
        `orders`, in which its outputs then are, save for the rounding of their sums; or, where
        that is `None`, it has a layer of its own. Tensors `kept` are the first end's.
        """
        own = {self.weight, f"{self.name}.bias"}
        others = tuple({k: v for k, v in end.items() if k not in own} for end in ends)
        outputs = [
            _outputs(end, self.name, self.data) if order is None else _in_order(known, order)
            for end, order, known in zip(ends, orders, self.outputs, strict=True)
        ]
        caller = Caller.of(self.rest)

        @torch.inference_mode()
        def at(t: float) -> Tensor:
            params = weighted_mean(others, (1 - t, t), kept)
            pairs = zip(*outputs, strict=True)
            return joined_log_softmax([logits_of(caller(params, a.lerp(b, t))) for a, b in pairs])

        return at


@torch.inference_mode()
def _outputs(params: Mapping[str, Tensor], name: str, data: Resident) -> tuple[Tensor, ...]:
    """What the layer makes of all images, batch by batch."""
    return tuple(_first_layer_output(params, name, x) for x in data.images)


@torch.inference_mode()
def _in_order(outputs: tuple[Tensor, ...], order: Tensor) -> tuple[Tensor, ...]:
    """The same outputs with their units in another order."""
    if order.equal(torch.arange(len(order), device=order.device)):
        return outputs
    return tuple(x.index_select(1, order) for x in outputs)


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
    weight = params.get(f"{name}.weight")  # under weight norm it is computed, and no parameter
    if weight is None or weight.shape[1] != x[0].numel():
        return False
    whole = call(module, params, x)
    rest = {k: v for k, v in params.items() if k not in {f"{name}.weight", f"{name}.bias"}}
    try:
        folded = call(_without_layer(module, name), rest, _first_layer_output(params, name, x))
    except Exception:  # whatever a forward meets that reads more of its layer than outputs
        return False
    return torch.allclose(whole, folded, rtol=1e-4, atol=1e-5 * float(whole.abs().max()))
