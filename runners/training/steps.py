"""How the loss of a batch and its gradients are launched: one operator at a time, or all at once.

Small networks wait for launches, not for work. `BASINBENCH_STEPS` asks for fewer of them. Results
are alike to rounding and not to the bit, so that none is the default, and every checkpoint says how
it was.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from ...errors import UserError, nearest

STEPS = "BASINBENCH_STEPS"

Launch = Literal["single", "captured", "compiled"]

Forward = Callable[[Tensor], Tensor]
"""From a batch of inputs to the outputs."""

Loss = Callable[[Forward, Tensor, Tensor], Tensor]
"""From what computes the outputs, inputs and labels to the mean loss."""

Gradients = Callable[[Tensor, Tensor], Tensor]
"""From inputs and labels to the mean loss; then the gradients stand in the parameters."""

WARM_UP = 3
"""Runs before a capture, in which libraries choose their kernels and take their memory."""


def launch() -> Launch:
    """How steps are launched: what is asked for, else one operator at a time.

    `UserError` where the variable has another value.
    """
    asked = os.environ.get(STEPS, "") or "single"
    for known in get_args(Launch):
        if asked == known:
            return known
    raise nearest(f"value of {STEPS}", asked, get_args(Launch))


def gradients_of(module: nn.Module, loss: Loss, device: torch.device) -> Gradients:
    """What computes `loss` of a batch by `module` and its gradients, as `launch` says.

    - "single": one operator after the other.
    - "captured": on CUDA forward and backward pass are one graph, launched at once, with the same
      kernels as without. Decisions that a module takes in Python (a layer left out by chance) are
      those of the capture for good: leave it off for such. On a CPU there is nothing to capture.
    - "compiled": kernels are fused as well, before they are captured. That takes a minute for each
      network and size of batch, which PyTorch keeps for later processes, and is worth it where
      training takes many. On a CPU the module is traced in the same way and its operators are run
      as they are: nothing is won, and the laws are tried.

    A size of batch that is new, as an epoch's end may have, is captured or traced anew.
    """
    how, forward = launch(), module
    if how == "compiled":
        backend = "inductor" if device.type == "cuda" else "aot_eager"
        forward = torch.compile(module, backend=backend, dynamic=False)
    if how != "single" and device.type == "cuda":
        return _Captured(module, partial(loss, forward))

    def gradients(x: Tensor, y: Tensor) -> Tensor:
        value = loss(forward, x, y)
        module.zero_grad()
        value.backward()
        return value.detach()

    return gradients


class _Captured:
    """Loss and gradients on CUDA, as one graph for each size of batch, which share memory.

    `loss` computes that of a batch by `module`.
    """

    def __init__(self, module: nn.Module, loss: Callable[[Tensor, Tensor], Tensor]):
        self._module = module
        self._loss = loss
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor, Tensor, Tensor]] = {}

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """The loss stays what it is until the next call."""
        if len(x) not in self._graphs:
            try:
                self._graphs[len(x)] = self._capture(x.clone(), y.clone())
            except RuntimeError as error:
                if "captur" not in str(error):
                    raise
                # It waits for the device, to decide something in Python.
                raise UserError(
                    f"a step of this network cannot be captured, take `--steps single`: {error}"
                ) from error
        graph, inputs, labels, loss = self._graphs[len(x)]
        inputs.copy_(x)
        labels.copy_(y)
        graph.replay()
        return loss

    def _capture(self, x: Tensor, y: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor, Tensor, Tensor]:
        """The graph that reads `x` and `y`, and the loss that it writes."""
        buffers = [(buffer, buffer.clone()) for buffer in self._module.buffers()]
        drawn = torch.cuda.get_rng_state(x.device)  # what leaves units out by chance draws here
        stream = torch.cuda.Stream(x.device)
        stream.wait_stream(torch.cuda.current_stream(x.device))
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                self._loss(x, y).backward()
        torch.cuda.current_stream(x.device).wait_stream(stream)
        # Every graph adds to the same gradients, which the first warm-up has made; a parameter that
        # has none is not used, and an optimiser passes it over.
        grads = [p.grad for p in self._module.parameters() if p.grad is not None]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=stream):
            for grad in grads:
                grad.zero_()
            loss = self._loss(x, y)
            loss.backward()
        for buffer, was in buffers:  # running statistics, which the warm-up has moved
            buffer.copy_(was)
        torch.cuda.set_rng_state(drawn, x.device)
        return graph, x, y, loss.detach()
