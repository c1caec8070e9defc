"""The norms of a module whose evaluation reads statistics that training has kept."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.instancenorm import _InstanceNorm

RunningNorm = _BatchNorm | _InstanceNorm


def running_norms(module: nn.Module) -> list[RunningNorm]:
    """The layers of `module` that normalise by running statistics in evaluation, each once."""
    norms = (m for m in module.modules() if isinstance(m, RunningNorm))
    return [norm for norm in norms if norm.track_running_stats]
