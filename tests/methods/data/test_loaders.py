"""A loader gives the samples that one pass of it takes, and no source of randomness moves."""

from typing import Any

import pytest
import torch
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)

from basinbench.methods.data.conversion import samples_of

N = 40
DATA = TensorDataset(torch.arange(float(N))[:, None], torch.zeros(N, dtype=torch.long))
LIKE = torch.zeros(())
SOURCE = torch.Generator().manual_seed(3)


class Half(SequentialSampler):
    """The first half; its length is the loader's own affair."""

    def __iter__(self):
        return iter(range(N // 2))


class FirstBatches(BatchSampler):
    """All but what comes after two batches."""

    def __iter__(self):
        for count, batch in enumerate(super().__iter__()):
            if count < 2:
                yield batch


def batches(sampler: Any) -> BatchSampler:
    return BatchSampler(sampler, 7, drop_last=False)


LOADERS = {
    "batches of some": DataLoader(DATA, batch_sampler=batches(SubsetRandomSampler([1, 8, 30]))),
    "own batches": DataLoader(DATA, batch_sampler=FirstBatches(SequentialSampler(DATA), 5, False)),
    "lists": DataLoader(DATA, batch_sampler=[[3, 1], [2]]),
    "own order": DataLoader(DATA, sampler=Half(DATA)),
    "some at random": DataLoader(
        DATA, sampler=RandomSampler(DATA, num_samples=9, generator=SOURCE)
    ),
    "weighted": DataLoader(DATA, sampler=WeightedRandomSampler([1.0] * N, 12, generator=SOURCE)),
    "with replacement": DataLoader(
        DATA, sampler=RandomSampler(DATA, replacement=True, generator=SOURCE)
    ),
    "all in batches": DataLoader(DATA, batch_sampler=batches(RandomSampler(DATA))),
    "all": DataLoader(DATA, 7, shuffle=True),
}


def taken(samples: Any) -> list[int]:
    return samples[torch.arange(len(samples))][0].flatten().long().tolist()


@pytest.mark.parametrize("name", LOADERS)
def test_the_samples_are_those_of_its_next_pass(name: str):
    loader = LOADERS[name]
    own, shared = SOURCE.get_state(), torch.random.get_rng_state()
    found = [taken(samples_of(loader, LIKE)) for _ in range(2)]
    assert torch.equal(own, SOURCE.get_state())
    assert torch.equal(shared, torch.random.get_rng_state())
    passed = sorted({int(v) for x, _ in loader for v in x})
    assert found == [passed, passed]
    assert (len(passed) == N) == name.startswith("all")
