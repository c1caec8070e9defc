"""What follows a merge: the interface, and doing nothing."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from torch import nn

from ...checked_fields import Checked
from ...methods.base import Alignment, Network, Problem, Samples, transported
from ...methods.symmetry.axes import Params
from ..training.inputs import Normalised
from ..training.recipes import Recipe

MIDDLE = 0.5
"""The place on a line of the merge with equal weights; of more than two networks the only one."""


@dataclass(frozen=True, eq=False)
class MergeContext:
    """Where merges come from, the same at every place of a line: aligned networks, their training.

    `samples` is the training data of all networks together, `recipe` how they were trained, `seed`
    that of the finish's own randomness.
    """

    problem: Problem
    alignment: Alignment
    samples: Normalised
    recipe: Recipe
    seed: int = 0

    @property
    def network(self) -> Network:
        """The first network, whose form every merge has."""
        return self.problem.networks[0]

    @property
    def validation(self) -> Samples:
        """Images held out for what is chosen or fitted; our own networks have not seen them.

        A user's networks may have, where the data set brings no validation split (`compare` and
        `merge` say so). Raises `ValueError` where there are none, which `skip` should have told.
        """
        if self.problem.validation is None:
            raise ValueError("the problem has no validation data")
        return self.problem.validation

    @property
    def module(self) -> nn.Module:
        """The form of every merge, in evaluation mode."""
        return self.network.module

    def tied(self, names: Iterable[str]) -> str | None:
        """Why no network has other values of `names` alone, where one is tied to another tensor."""
        ties = self.network.ties
        for name in names:
            for other, first in ties.items():
                if name in (other, first):
                    return f"ties {first!r} to {other!r}, so that neither can be changed alone"
        return None

    @cached_property
    def ends(self) -> tuple[Params, ...] | None:
        """The networks in the common basis; `None` where the merge is no mean of them in one."""
        if self.alignment.merged is not None:
            return None
        return transported(self.problem, self.alignment)


@dataclass(frozen=True, eq=False)
class Merge:
    """A merged network, perhaps of other widths than `context.module`.

    `weights` has one number per network, summing to one.
    """

    params: Params
    weights: tuple[float, ...]
    context: MergeContext


@dataclass(frozen=True, eq=False)
class Finished:
    """The treated network, and for one that was trained its parameters after some epochs.

    Each has all names of the merge, with their shapes and types, and the same numbers under all
    names of a tied tensor: nothing else is scored or written.
    """

    params: Params
    epochs: Mapping[int, Params] = field(default_factory=dict)


class Finish(Checked, ABC):
    """A treatment of a merged network; an axis of the grid that crosses every method.

    A concrete finish is a frozen dataclass whose fields are its settings. The ends of a line are
    never treated: they are the networks as they were trained.
    """

    name: ClassVar[str]

    def skip(self, context: MergeContext) -> str | None:
        """Why merges of this context cannot be treated, in one sentence; `None` when they can."""
        del context
        return None

    def points(self, line: Sequence[float]) -> tuple[float, ...]:
        """Those places of the line, between its ends, at which a network is treated."""
        return tuple(t for t in line if 0 < t < 1)

    @abstractmethod
    def apply(self, merge: Merge) -> Finished:
        """The treated network; nothing is mutated, and no test image is seen."""


@dataclass(frozen=True)
class Nothing(Finish):
    """The merged network as it is."""

    name: ClassVar[str] = "none"

    def apply(self, merge: Merge) -> Finished:
        return Finished(merge.params)


def middle(line: Sequence[float]) -> tuple[float, ...]:
    """The middle of the line alone, where it is among its points."""
    return tuple(t for t in line if t == MIDDLE)
