"""Which samples of its data set a `DataLoader` takes."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, Sampler, SequentialSampler


def chosen_by(loader: DataLoader) -> Tensor | None:
    """The indices (n,) that one pass of `loader` takes, in rising order; `None` for all of them.

    They are drawn as its next pass would draw them, and no source of randomness moves on.
    """
    if _takes_all(loader):
        return None
    drawing = loader.batch_sampler or loader.sampler
    generators = {id(found): found for found in _generators(drawing)}.values()
    states = [(found, found.get_state()) for found in generators]
    with torch.random.fork_rng(devices=[]):  # which samples it takes, not in which order
        torch.manual_seed(0)
        try:
            parts = list(drawing)
        finally:
            for found, state in states:
                found.set_state(state)
    several = bool(parts) and isinstance(parts[0], (list, tuple))
    taken = sorted(set(chain.from_iterable(parts) if several else parts))
    return torch.tensor(taken, dtype=torch.long)


def _takes_all(loader: DataLoader) -> bool:
    """Whether it is one of torch's own ways to read a data set from end to end.

    Beside a `batch_sampler` of the user's the loader names a `sampler` that nothing uses.
    """
    batched, sampler = loader.batch_sampler, loader.sampler
    if batched is not None and (
        type(batched) is not BatchSampler or batched.sampler is not sampler
    ):
        return False
    if type(sampler) is RandomSampler:
        return not sampler.replacement and sampler.num_samples == len(loader.dataset)  # type: ignore[arg-type]
    return type(sampler) is SequentialSampler and len(sampler) == len(loader.dataset)  # type: ignore[arg-type]


def _generators(sampler: Any) -> Iterator[torch.Generator]:
    """The sources of randomness of a sampler, and of those that it draws from."""
    for value in vars(sampler).values() if hasattr(sampler, "__dict__") else ():
        if isinstance(value, torch.Generator):
            yield value
        elif isinstance(value, Sampler):
            yield from _generators(value)
