"""One method on one small network: what the laws look at, computed once for all of them."""

import random
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import TensorDataset

from ..methods.base import Alignment, Method, Network, Problem, Samples
from ..methods.plugins.validation import check_alignment
from .measuring.budget import run_within
from .measuring.guard import seals
from .networks.alive import CPU, network, problem

HALVES = (0.5, 0.5)


class Trial:
    """One method on the networks of one name on a device, each alignment within so many seconds."""

    def __init__(
        self,
        method: Method,
        name: str,
        seconds: float,
        dtype: torch.dtype = torch.float64,
        device: torch.device = CPU,
    ):
        self.method = method
        self.name = name
        self.dtype = dtype
        self.device = device
        self.changed: list[str] = []  # by either alignment, in words
        self._seconds = seconds

    @cached_property
    def problem(self) -> Problem:
        """Two unrelated networks."""
        return self.among(1, 2)

    @property
    def network(self) -> Network:
        """The first of them, made anew."""
        return network(self.name, 1, self.dtype, self.device)

    def among(self, *seeds: int) -> Problem:
        """Unrelated networks of these seeds."""
        return problem(self.name, seeds, dtype=self.dtype, device=self.device)

    @cached_property
    def alignment(self) -> Alignment:
        """The alignment of `problem`; watches that nothing of the problem changes."""
        for net in self.problem.networks:  # their module serves all trials
            net.module.eval()
        before = seals(self.problem)
        alignment = self._solve()
        after = seals(self.problem)
        self.changed = [k for k, v in before.items() if v != after.get(k)]
        return alignment

    @cached_property
    def again(self) -> Alignment:
        """The same a second time, after what it imports late has drawn its random numbers."""
        before = _streams()
        alignment = self._solve()
        after = _streams()
        self.changed += [k for k, v in before.items() if not torch.equal(v, after[k])]
        return alignment

    def align(self, problem: Problem) -> Alignment:
        """The alignment of another problem."""
        alignment = run_within(self._seconds, lambda: self.method.align(problem))
        check_alignment(problem, alignment)
        return alignment

    def outputs(self, problem: Problem, alignment: Alignment) -> Tensor:
        """The merge's outputs on the problem's images."""
        merged = self.method.merge(problem, alignment, HALVES)
        images, _ = everything(problem)
        return problem.networks[0](images, merged)

    def _solve(self) -> Alignment:
        alignment = self.align(self.problem)
        self.method.merge(self.problem, alignment, HALVES)
        return alignment


def everything(problem: Problem) -> tuple[Tensor, Tensor]:
    """All training images and their labels."""
    data = problem.training_data
    images, labels = data[torch.arange(len(data))]
    return images, labels


def moved_to(problem: Problem, device: torch.device) -> Problem:
    """The same problem on `device`."""

    def to(data: Samples) -> Samples:
        whole = data[torch.arange(len(data))]
        return TensorDataset(*(tensor.to(device) for tensor in whole))

    networks = tuple(
        replace(net, params={k: v.to(device) for k, v in net.params.items()})
        for net in problem.networks
    )
    shares = tuple(map(to, problem.per_network_data or ()))
    return replace(
        problem, networks=networks, samples=to(problem.training_data), per_network_data=shares
    )


def _streams() -> dict[str, Tensor]:
    """The states of the global random streams."""
    numpy_state = np.random.get_state(legacy=False)["state"]  # noqa: NPY002
    return {
        "PyTorch's global random stream": torch.random.get_rng_state(),
        "NumPy's global random stream": torch.tensor(
            [*numpy_state["key"].tolist(), numpy_state["pos"]]
        ),
        "Python's global random stream": torch.tensor(random.getstate()[1]),
    }
