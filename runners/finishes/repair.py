"""Finishes that give a merge's units the statistics that the networks' units had."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from ...checked_fields import PositiveInt
from ...methods.modules.running_norms import running_norms
from ..networks.memory_format import memory_format
from .base import Finish, Finished, Merge, MergeContext
from .unit_moments import (
    PROBE_IMAGES,
    Affine,
    UnitMoments,
    computed,
    fused,
    is_norm,
    moments,
    uncalled,
    units_layers,
    unplaced,
)


@dataclass(frozen=True)
class _Renormalisation(Finish):
    """What REPAIR and RESCALE share: goals from the ends, one pass over the merge, fusing."""

    samples: PositiveInt | None = 10_000
    batch: PositiveInt = 500

    def skip(self, context: MergeContext) -> str | None:
        if context.ends is None:
            return "needs the networks in one basis, and this merge is no mean of such"
        if running_norms(context.module):
            return "has norms with running statistics: resetting these (`reset`) does the same"
        if name := computed(context.module, context.network.symmetry):
            return f"has no weight of {name!r} that could be scaled: it is computed from others"
        layers = units_layers(context.module, context.network.symmetry, norms=False)
        if not layers:
            return "has no hidden units whose statistics could be corrected"
        if name := uncalled(context.module, layers):
            return f"has attention that does not call its layer {name!r}, whose outputs are unseen"
        own = (f"{name}.{leaf}" for name in self._layers(context) for leaf in ("weight", "bias"))
        if reason := context.tied(own):
            return reason
        few = context.samples[torch.arange(min(PROBE_IMAGES, len(context.samples)))][0]
        if name := unplaced(context.module, context.network.params, self._layers(context), few):
            return f"has no outputs of {name!r} whose units could be scaled and shifted one by one"
        return None

    def apply(self, merge: Merge) -> Finished:
        context, goals = merge.context, self._goals(merge)
        found = moments(
            context.module,
            merge.params,
            self._layers(context),
            self._images(context),
            lambda name, own: self._correction(goals[name], own),
        )
        corrections = {name: self._correction(goals[name], own) for name, own in found.items()}
        return Finished(fused(merge.params, corrections))

    @abstractmethod
    def _layers(self, context: MergeContext) -> list[str]:
        """The layers whose outputs are corrected."""

    @abstractmethod
    def _correction(self, goal: UnitMoments, own: UnitMoments) -> Affine:
        """What takes a layer's `own` moments to its `goal`."""

    def _goals(self, merge: Merge) -> dict[str, UnitMoments]:
        """The moments of the ends, weighted as the merge is."""
        ends = _moments_of_ends(self, merge.context)
        return {
            name: UnitMoments(
                mean=sum_of(merge.weights, [end[name].mean for end in ends]),
                std=sum_of(merge.weights, [end[name].std for end in ends]),
            )
            for name in ends[0]
        }

    def _images(self, context: MergeContext) -> list[Tensor]:
        """The same batches for all networks of a context."""
        samples, draw = context.samples, torch.Generator().manual_seed(context.seed)
        order = torch.randperm(len(samples), generator=draw)[: self.samples]
        batches = order.tensor_split(-(-len(order) // self.batch))
        layout = memory_format(context.module)
        return [samples[index][0].contiguous(memory_format=layout) for index in batches]


@dataclass(frozen=True)
class Repair(_Renormalisation):
    """REPAIR: every hidden unit's mean and deviation set to the weighted mean of the networks'.

    Units of an average are less correlated than those of either network, and their variance
    collapses with depth (Jordan et al. 2023, section 3). The pre-activations of the merge are
    scaled and shifted so that mean and standard deviation are (1 - t) of the first network's plus
    t of the second's, anew at every point of the line (section 4). As in the authors' code a batch
    is normalised by its own statistics on its way, so that one pass serves all layers; scale and
    shift are then fused into weights and biases. Prefer it to plain averages of deep networks
    without batch norm, wherever unlabelled training images are at hand, and pre-activations have
    variances well above 1e-5, which is added to each as batch norm does.

    The authors take all training images once, augmented (`samples=None` takes all, never
    augmented; a deviation from 10,000 is known to one per cent), and correct convolutions and the
    hidden layers of their MLPs, before any layer norm: `norms=False`. The default corrects the
    outputs of layer norms as well, whose bias can hold the shift where a convolution has none. On
    batch norms it is resetting their statistics; the authors' further correction of whole residual
    blocks is left out. Where maps are soft, the goals are those of the networks as transported.
    """

    norms: bool = True

    name: ClassVar[str] = "repair"

    def skip(self, context: MergeContext) -> str | None:
        if reason := super().skip(context):
            return reason
        axes, own = context.network.symmetry.axes, self._layers(context)
        normed = [
            axes[f"{n}.weight"][0].groups for n in own if is_norm(context.module.get_submodule(n))
        ]
        for name in units_layers(context.module, context.network.symmetry, norms=False):
            if name not in own and axes[f"{name}.weight"][0].groups not in normed:
                return f"needs biases to hold the shift: layer {name!r} has none (`rescale` can)"
        return None

    def _layers(self, context: MergeContext) -> list[str]:
        found = units_layers(context.module, context.network.symmetry, self.norms)
        return [name for name in found if f"{name}.bias" in context.network.params]

    def _correction(self, goal: UnitMoments, own: UnitMoments) -> Affine:
        scale = goal.std / own.std
        return Affine(scale, goal.mean - scale * own.mean)


@dataclass(frozen=True)
class Rescale(_Renormalisation):
    """RESCALE: the deviations of REPAIR without its shift.

    The outputs of every hidden convolution and linear layer are multiplied, mean and all, so that
    their standard deviation is the weighted mean of the networks' (Qu & Horvath 2024, who find the
    shift to harm plain deep networks; `variant="rescale"` in XingyuQu/rethink-re-basin). It needs
    training images as REPAIR does, adds 1e-5 to variances as it does, and needs no bias.
    `samples`, `batch`: as for REPAIR.
    """

    name: ClassVar[str] = "rescale"

    def _layers(self, context: MergeContext) -> list[str]:
        return units_layers(context.module, context.network.symmetry, norms=False)

    def _correction(self, goal: UnitMoments, own: UnitMoments) -> Affine:
        scale = goal.std / own.std
        return Affine(scale, torch.zeros_like(scale))


def sum_of(weights: tuple[float, ...], values: list[Tensor]) -> Tensor:
    """The weighted sum of some tensors."""
    return torch.einsum("i,i...->...", values[0].new_tensor(weights), torch.stack(values))


@lru_cache(maxsize=1)  # the places of a line come one after another, and share their ends
def _moments_of_ends(
    finish: _Renormalisation, context: MergeContext
) -> tuple[dict[str, UnitMoments], ...]:
    layers, images = finish._layers(context), finish._images(context)
    return tuple(moments(context.module, end, layers, images) for end in context.ends or ())
