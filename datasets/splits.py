"""How a training set is dealt to the endpoints."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..checked_fields import Checked, Fraction, NonNegativeInt, PositiveFloat, PositiveInt, Seed

DRAWS = 1000
"""How often a random deal is drawn again before it is given up."""


class Split(Checked, ABC):
    """A rule that says which training images each endpoint sees; a value."""

    name: ClassVar[str]

    @abstractmethod
    def parts(self, labels: Tensor, classes: int, count: int) -> tuple[Tensor, ...]:
        """`count` index tensors, int64 on the CPU, into the training set of these `labels` (n,).

        Raises `ValueError` when the split cannot make that many parts.
        """


@dataclass(frozen=True)
class Shared(Split):
    """Every endpoint sees the whole training set."""

    name: ClassVar[str] = "shared"

    def parts(self, labels: Tensor, classes: int, count: int) -> tuple[Tensor, ...]:  # noqa: ARG002
        return (torch.arange(len(labels)),) * count


@dataclass(frozen=True)
class Independent(Split):
    """Disjoint parts of equal size, drawn at random: independent samples of one distribution."""

    seed: Seed = 0
    name: ClassVar[str] = "independent"

    def parts(self, labels: Tensor, classes: int, count: int) -> tuple[Tensor, ...]:  # noqa: ARG002
        if count > len(labels):
            raise ValueError(f"{len(labels)} images cannot be dealt to {count} endpoints")
        return _shuffled(len(labels), self.seed).tensor_split(count)


@dataclass(frozen=True)
class DisjointClasses(Split):
    """Each endpoint sees all images of its own classes, a run of neighbouring labels."""

    name: ClassVar[str] = "disjoint-classes"

    def parts(self, labels: Tensor, classes: int, count: int) -> tuple[Tensor, ...]:
        if count > classes:
            raise ValueError(f"{classes} classes cannot be dealt to {count} endpoints")
        own = torch.arange(classes).tensor_split(count)
        return tuple(torch.isin(labels.cpu(), part).nonzero().flatten() for part in own)


@dataclass(frozen=True)
class Biased(Split):
    """Git Re-Basin's split in two: 20 % of the lower classes with 80 % of the upper, and the rest.

    After `_split_cifar` in samuela/git-re-basin's datasets.py: shuffled with numpy's
    `default_rng(seed)`, then by label below and above half the classes.
    """

    seed: Seed = 123
    name: ClassVar[str] = "biased"

    def parts(self, labels: Tensor, classes: int, count: int) -> tuple[Tensor, ...]:
        _only_two(self, count)
        order = _shuffled(len(labels), self.seed)
        low = labels.cpu()[order] < classes // 2
        lower, upper = order[low], order[~low]
        cut, cut_upper = round(0.2 * len(lower)), round(0.2 * len(upper))
        return (
            torch.cat([lower[:cut], upper[cut_upper:]]),
            torch.cat([upper[:cut_upper], lower[cut:]]),
        )


@dataclass(frozen=True)
class SpecialDigit(Split):
    """OTFusion's split in two: one endpoint alone knows a class, but has little of the others.

    The first part has all images of class `digit` and `share` of every other class, rounded up;
    the second has the rest, and none of `digit` (section 5.1 of arXiv 1910.05653, where the digit
    is 4; `split_main.py --partition-type personalized` has 9 by default).
    """

    digit: NonNegativeInt = 4
    share: Fraction = 0.1
    seed: Seed = 0
    name: ClassVar[str] = "special-digit"

    def parts(self, labels: Tensor, classes: int, count: int) -> tuple[Tensor, ...]:
        _only_two(self, count)
        if not 0 <= self.digit < classes:
            raise ValueError(f"there is no class {self.digit} among {classes} classes")
        order = _shuffled(len(labels), self.seed)
        own = labels.cpu()[order]
        first, second = [], []
        for label in range(classes):
            images = order[own == label]
            cut = len(images) if label == self.digit else ceil(self.share * len(images))
            first.append(images[:cut])
            second.append(images[cut:])
        return torch.cat(first), torch.cat(second)


@dataclass(frozen=True)
class Dirichlet(Split):
    """Parts of different sizes and classes, as the clients of federated learning have them.

    Each class is dealt in proportions drawn from a symmetric Dirichlet distribution: the smaller
    `alpha`, the fewer classes a part has. A part that has its equal share of all images gets none
    of the later classes, and the draw is repeated until every part has `minimum` images, both as
    in the code of PFNM and FedMA (`hetero-dir` in IBM's repositories; alpha 0.5 in their commands).
    """

    alpha: PositiveFloat = 0.5
    seed: Seed = 0
    minimum: PositiveInt = 10
    name: ClassVar[str] = "dirichlet"

    def parts(self, labels: Tensor, classes: int, count: int) -> tuple[Tensor, ...]:
        if count * self.minimum > len(labels):
            raise ValueError(
                f"{len(labels)} images cannot be dealt to {count} endpoints, "
                f"at least {self.minimum} to each"
            )
        random = np.random.default_rng(self.seed)
        for _ in range(DRAWS):
            parts = self._draw(random, labels.cpu().numpy(), classes, count)
            if min(map(len, parts)) >= self.minimum:
                return tuple(torch.from_numpy(random.permutation(part)) for part in parts)
        raise ValueError(
            f"{DRAWS} draws gave {count} endpoints never {self.minimum} images each "
            f"of {len(labels)}, at alpha {self.alpha}"
        )

    def _draw(
        self, random: np.random.Generator, labels: NDArray[np.int64], classes: int, count: int
    ) -> list[NDArray[np.int64]]:
        parts = [np.empty(0, np.int64) for _ in range(count)]
        for label in range(classes):
            images = random.permutation(np.flatnonzero(labels == label))
            hungry = np.array([len(part) * count < len(labels) for part in parts])
            shares = hungry * random.dirichlet(np.full(count, self.alpha))
            if not shares.any():  # a tiny alpha gave all to a part that is full
                shares = hungry.astype(float)
            cuts = (np.cumsum(shares / shares.sum()) * len(images)).astype(int)[:-1]
            dealt = np.split(images, cuts)
            parts = [np.concatenate(pair) for pair in zip(parts, dealt, strict=True)]
        return parts


def _shuffled(count: int, seed: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).permutation(count))


def _only_two(split: Split, count: int) -> None:
    if count != 2:
        raise ValueError(f"the split {split.name!r} makes two parts, not {count}")
