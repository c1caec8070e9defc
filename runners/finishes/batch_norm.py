"""The finish that computes the running statistics of norms anew."""

import copy
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ...checked_fields import PositiveInt
from ...methods.modules.running_norms import RunningNorm, running_norms
from ...methods.modules.twin import tensors
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
        norms, calls = running_norms(network), Counter[nn.Module]()
        for norm in norms:
            _count(norm, calls)
            norm.train()
            norm.reset_running_stats()
        draw = torch.Generator().manual_seed(merge.context.seed)
        order, layout = torch.randperm(len(samples), generator=draw), memory_format(network)
        for index in order.tensor_split(-(-len(samples) // self.batch)):
            network(samples[index][0].contiguous(memory_format=layout))
        unseen = {
            f"{name}.{statistic}".lstrip(".")
            for name, norm in network.named_modules(remove_duplicate=False)
            if norm in norms and not calls[norm]
            for statistic in ("running_mean", "running_var")
        }
        kept = {k: v for k, v in params.items() if not v.is_floating_point() or k in unseen}
        reset = {k: v.detach().clone() for k, v in tensors(network).items()}
        return Finished(reset | kept)


def _count(norm: RunningNorm, calls: Counter[nn.Module]) -> None:
    """From now on count the calls of `norm`, and keep the mean over all of them.

    However it is called: a hook would not see `norm.forward(x)`.
    """
    forward = norm.forward

    def counting(x: Tensor) -> Tensor:
        calls[norm] += 1
        norm.momentum = 1 / calls[norm]
        return forward(x)

    norm.__dict__["forward"] = counting
