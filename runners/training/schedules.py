"""Learning-rate schedules: which share of the peak rate each step takes."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from math import cos, pi
from typing import Annotated, ClassVar

from ...checked_fields import (
    Bounds,
    Checked,
    Fraction,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
)


class Schedule(Checked, ABC):
    """The learning rate over a training run, as a share of the optimiser's own rate."""

    @abstractmethod
    def share(self, step: int, steps: int, epoch_steps: int) -> float:
        """The share of the peak rate at `step` of 0..`steps`-1, `epoch_steps` to an epoch."""


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate throughout."""

    kind: ClassVar[str] = "constant"

    def share(self, step: int, steps: int, epoch_steps: int) -> float:  # noqa: ARG002
        return 1.0


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from the full rate down to zero."""

    kind: ClassVar[str] = "cosine"

    def share(self, step: int, steps: int, epoch_steps: int) -> float:  # noqa: ARG002
        return _half_cosine(step / steps)


@dataclass(frozen=True)
class WarmupCosine(Schedule):
    """A straight line up from `start`, for `epochs` and `steps` together, then half a cosine.

    The run's length includes the warm-up, as in optax's `warmup_cosine_decay_schedule`. `start`
    is a share of the peak: Git Re-Basin's 1e-6 is 1e-5 of its peak of 0.1.
    """

    kind: ClassVar[str] = "warmup-cosine"

    epochs: NonNegativeFloat = 1
    steps: NonNegativeInt = 0
    start: Fraction = 1e-5

    def share(self, step: int, steps: int, epoch_steps: int) -> float:
        warmup = min(round(self.epochs * epoch_steps) + self.steps, steps)
        if step < warmup:
            return self.start + (1 - self.start) * step / warmup
        return _half_cosine((step - warmup) / (steps - warmup))


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Smith's one cycle: a straight line up for the share `rise` of all steps, then down to zero.

    For short runs: it reaches in few epochs what a constant rate needs many for.
    """

    kind: ClassVar[str] = "one-cycle"

    rise: Annotated[float, Bounds(above=0, below=1)] = 0.3

    def share(self, step: int, steps: int, epoch_steps: int) -> float:  # noqa: ARG002
        at = (step + 1) / (steps + 1)  # neither the first nor the last step is wasted on zero
        return at / self.rise if at < self.rise else (1 - at) / (1 - self.rise)


@dataclass(frozen=True)
class Steps(Schedule):
    """The rate falls by `factor` at the start of each epoch of `at`."""

    kind: ClassVar[str] = "steps"

    at: tuple[NonNegativeInt, ...]
    factor: PositiveFloat = 0.1

    def share(self, step: int, steps: int, epoch_steps: int) -> float:  # noqa: ARG002
        return self.factor ** sum(step >= epoch * epoch_steps for epoch in self.at)

    def over(self, epochs: int, published: int) -> "Steps":
        """The falls at the same shares of a run of `epochs` as these are of `published` ones."""
        return replace(self, at=tuple(round(epoch * epochs / published) for epoch in self.at))


def _half_cosine(at: float) -> float:
    return 0.5 * (1 + cos(pi * at))
