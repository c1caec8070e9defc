"""Inputs and labels by their indices, in order or drawn by a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor


class Samples(Protocol):
    """Training data, ready for the network, and their labels; a `TensorDataset` is one.

    Inputs are images (n, channels, height, width), normalised, or whatever `Network` takes.
    `conversion.samples_of` makes it of other forms.
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Tensor) -> tuple[Any, ...]:
        """Inputs of n samples and their labels, whole numbers (n,), at `index` (n,)."""
        ...


def batches(samples: Samples, size: int) -> Iterator[tuple[Any, Tensor]]:
    """All samples in order, `size` at a time, the last batch perhaps smaller."""
    for index in torch.arange(len(samples)).split(size):
        x, y = samples[index]
        yield x, y


def shuffled_batches(samples: Samples, size: int, generator: torch.Generator) -> tuple[Tensor, ...]:
    """All indices in an order that `generator` draws, `size` at a time, the last perhaps fewer.

    A sample that would be left alone goes with those before it: norms that take the statistics of
    the batch need two.
    """
    order = torch.randperm(len(samples), generator=generator)
    *some, last = order.split(size)
    if some and size > 1 and len(last) == 1:
        some, last = some[:-1], torch.cat([some[-1], last])
    return (*some, last)


@dataclass(frozen=True, eq=False)
class Subset:
    """Some of the samples, by their indices `chosen` (n,)."""

    takes_indices: ClassVar[bool] = True

    samples: Samples
    chosen: Tensor

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, index: Tensor) -> tuple[Any, ...]:
        return self.samples[self.chosen[index]]


def subset(samples: Samples, size: int | None, generator: torch.Generator) -> Samples:
    """`size` samples drawn without replacement; all of them in order for `None` or too few."""
    if size is None or size >= len(samples):
        return samples
    return Subset(samples, torch.randperm(len(samples), generator=generator)[:size])
