"""Training steps with fewer launches, on request: small networks wait for launches, not for work.

`BASINBENCH_COMPILE=1` asks for it. Results are alike to rounding and not to the bit, so that it is
off by default, and every checkpoint says whether it was on.
"""

import os
from collections.abc import Callable

import torch
from torch import Tensor, nn

COMPILE = "BASINBENCH_COMPILE"


def compiling() -> bool:
    """Whether it is asked for."""
    return os.environ.get(COMPILE, "") not in ("", "0")


def forward_of(module: nn.Module, device: torch.device) -> Callable[[Tensor], Tensor]:
    """What computes the outputs of `module` in training, gradients included.

    On CUDA, where it is asked for, kernels are fused, and forward and backward pass are each one
    CUDA graph that is launched at once. On a CPU the module is traced in the same way and its
    operators are run as they are: nothing is won, and the laws are tried. Batches of another size
    are traced anew, as nearly equal ones of an epoch's end are.
    """
    if not compiling():
        return module
    if device.type == "cuda":
        return torch.compile(module, mode="reduce-overhead", dynamic=False)
    return torch.compile(module, backend="aot_eager", dynamic=False)
