"""What follows a merge: nothing, fresh normalisation statistics, or retraining."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..methods.base import label
from ..methods.symmetry import Params
from .recipes import Recipe
from .samples import Normalised
from .training import train


class Finish(ABC):
    """A treatment of a merged network; an axis of the grid that crosses every method.

    A concrete finish is a frozen dataclass whose fields are its settings. The ends of a line are
    never treated: they are the networks as they were trained.
    """

    name: ClassVar[str]

    @property
    def label(self) -> str:
        """The finish's name with the settings that differ from their defaults."""
        return label(self, self.name)

    def skip(self, module: nn.Module) -> str | None:
        """Why this finish would do nothing for `module`, in one sentence; `None` when it can."""
        del module
        return None

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        """Those places of the line, between its ends, at which a network is treated."""
        return tuple(t for t in line if 0 < t < 1)

    @abstractmethod
    def apply(
        self, params: Params, module: nn.Module, samples: Normalised, recipe: Recipe, seed: int
    ) -> Params:
        """The treated network; `samples` is all the training data, `recipe` how it was used."""


@dataclass(frozen=True)
class Nothing(Finish):
    """The merged network as it is."""

    name: ClassVar[str] = "none"

    def apply(
        self, params: Params, module: nn.Module, samples: Normalised, recipe: Recipe, seed: int
    ) -> Params:
        del module, samples, recipe, seed
        return params


@dataclass(frozen=True)
class ResetNorm(Finish):
    """Running statistics of batch norms computed anew, in one pass over the training data.

    Averaged networks have statistics of their own; those that were averaged along with the weights
    belong to neither (Jordan et al. 2023, section 4; Git Re-Basin v6, appendix A.3.3). The mean
    over batches of equal size, without augmentation; at every point of the line but its ends.
    """

    batch: int = 500

    name: ClassVar[str] = "reset"

    def skip(self, module: nn.Module) -> str | None:
        return None if _norms(module) else "has no batch norm whose statistics could be reset"

    @torch.no_grad()
    def apply(
        self, params: Params, module: nn.Module, samples: Normalised, recipe: Recipe, seed: int
    ) -> Params:
        del recipe
        network = copy.deepcopy(module).eval()
        network.load_state_dict(params)
        for norm in _norms(network):
            norm.train()
            norm.reset_running_stats()
            norm.momentum = None  # torch's sign for the mean over all batches
        order = torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))
        for index in order.tensor_split(-(-len(samples) // self.batch)):
            network(samples[index][0])
        counters = {k: v for k, v in params.items() if not v.is_floating_point()}
        return {k: v.detach().clone() for k, v in network.state_dict().items()} | counters


@dataclass(frozen=True)
class Retrain(Finish):
    """Training of the merge with equal weights for some more epochs, with the recipe's own loss.

    With plain averaging it is the baseline of OTFusion's Table 1. The recipe's schedule is run
    once over these `epochs`, its learning rate multiplied by `lr_scale`. Only at one half: a curve
    of retrained networks would no longer be a line.
    """

    epochs: int = 1
    lr_scale: float = 0.1

    name: ClassVar[str] = "retrain"

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        return tuple(t for t in line if t == 0.5)

    def apply(
        self, params: Params, module: nn.Module, samples: Normalised, recipe: Recipe, seed: int
    ) -> Params:
        return train(
            module,
            samples,
            recipe,
            seed,
            params=params,
            epochs=self.epochs,
            lr_scale=self.lr_scale,
        )


def finishes() -> dict[str, type[Finish]]:
    """Every finish by its name."""
    return {finish.name: finish for finish in (Nothing, ResetNorm, Retrain)}


def _norms(module: nn.Module) -> list[_BatchNorm]:
    """The layers of `module` that have running statistics."""
    return [m for m in module.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
