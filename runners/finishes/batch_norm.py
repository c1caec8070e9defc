"""The finish that computes the running statistics of norms anew."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

from ...checked_fields import PositiveInt
from ..networks.functional import fill
from ..networks.memory_format import memory_format
from .base import Finish, Finished, Merge, MergeContext


@dataclass(frozen=True)
class ResetNorm(Finish):
    """Running statistics of batch norms computed anew, in one pass over the training data.

    Those of instance norms, where they are kept (`track_running_stats`), are so too. Averaged
    networks have statistics of their own; those that were averaged along with the weights belong to
    neither (Jordan et al. 2023, section 4; Git Re-Basin v6, appendix A.3.3). The mean over batches
    of equal size, without augmentation; at every point of the line but its ends. A norm that
    evaluation does not call, of a head for training alone, keeps what it has.
    """

    batch: PositiveInt = 500

    name: ClassVar[str] = "reset"

    def skip(self, context: MergeContext) -> str | None:
        if running_norms(context.module):
            return None
        return "has no batch norm whose statistics could be reset, nor another norm that keeps some"

    @torch.no_grad()
    def apply(self, merge: Merge) -> Finished:
        params, samples = merge.params, merge.context.samples
        network = copy.deepcopy(merge.context.module).eval()
        fill(network, params)
        norms = running_norms(network)
        counts: dict[nn.Module, Callable[[], int]] = {norm: _counted(norm) for norm in norms}
        for norm in norms:
            norm.train()
            norm.reset_running_stats()
        draw = torch.Generator().manual_seed(merge.context.seed)
        order, layout = torch.randperm(len(samples), generator=draw), memory_format(network)
        for index in order.tensor_split(-(-len(samples) // self.batch)):
            network(samples[index][0].contiguous(memory_format=layout))
        unseen = {
            f"{name}.{statistic}".lstrip(".")
            for name, norm in network.named_modules(remove_duplicate=False)
            if norm in counts and not counts[norm]()
            for statistic in ("running_mean", "running_var")
        }
        kept = {k: v for k, v in params.items() if not v.is_floating_point() or k in unseen}
        reset = {k: v.detach().clone() for k, v in network.state_dict().items()}
        return Finished(reset | kept)


def _counted(norm: _BatchNorm | _InstanceNorm) -> Callable[[], int]:
    """How often `norm` has been called; from now on its statistics are the mean over all calls.

    However it is called: a hook would not see `norm.forward(x)`.
    """
    calls, forward = [], norm.forward

    def counting(x: Tensor) -> Tensor:
        calls.append(None)
        norm.momentum = 1 / len(calls)
        return forward(x)

    norm.__dict__["forward"] = counting
    return lambda: len(calls)


def running_norms(module: nn.Module) -> list[_BatchNorm | _InstanceNorm]:
    """The layers of `module` that normalise by running statistics in evaluation."""
    return [
        m
        for m in module.modules()
        if isinstance(m, (_BatchNorm, _InstanceNorm)) and m.track_running_stats
    ]
