"""Optimisers as values: what trains a network, and how fast."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from ...checked_fields import Checked, Momentum, NonNegativeFloat, PositiveFloat


class Optimiser(Checked, ABC):
    """A torch optimiser and its hyper-parameters, as a value."""

    @abstractmethod
    def over(self, parameters: Iterable[nn.Parameter], lr_scale: float) -> torch.optim.Optimizer:
        """The optimiser of `parameters` with its learning rate times `lr_scale`."""


@dataclass(frozen=True)
class Adam(Optimiser):
    """Adam; `weight_decay` is coupled, that is added to the gradient."""

    kind: ClassVar[str] = "adam"

    lr: PositiveFloat = 1e-3
    weight_decay: NonNegativeFloat = 0

    def over(self, parameters: Iterable[nn.Parameter], lr_scale: float) -> torch.optim.Optimizer:
        return torch.optim.Adam(
            parameters, self.lr * lr_scale, weight_decay=self.weight_decay, fused=True
        )


@dataclass(frozen=True)
class AdamW(Optimiser):
    """Adam with decoupled `weight_decay`."""

    kind: ClassVar[str] = "adamw"

    lr: PositiveFloat = 1e-3
    weight_decay: NonNegativeFloat = 1e-4

    def over(self, parameters: Iterable[nn.Parameter], lr_scale: float) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            parameters, self.lr * lr_scale, weight_decay=self.weight_decay, fused=True
        )


@dataclass(frozen=True)
class SGD(Optimiser):
    """Gradient descent with momentum; `weight_decay` is coupled and goes for all parameters."""

    kind: ClassVar[str] = "sgd"

    lr: PositiveFloat = 0.1
    momentum: Momentum = 0.9
    weight_decay: NonNegativeFloat = 0
    nesterov: bool = False

    def over(self, parameters: Iterable[nn.Parameter], lr_scale: float) -> torch.optim.Optimizer:
        return torch.optim.SGD(
            parameters,
            self.lr * lr_scale,
            self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.nesterov,
            fused=True,
        )
