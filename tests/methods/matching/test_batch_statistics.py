"""Norms that take the statistics of the batch: no batch is one sample, and one sample is said."""

from contextlib import suppress

import live_networks
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import TensorDataset

from basinbench import Problem, UserError
from basinbench.methods import Annealing, SinkhornRebasin, StraightThrough, methods
from basinbench.methods.base import shuffled_batches

STEPS = (
    StraightThrough(epochs=1, batch=8, judge=8),
    SinkhornRebasin(cost="midpoint", iterations=5, batch=8),
    SinkhornRebasin(cost="random", iterations=5, batch=8),
    StraightThrough(epochs=1, batch=2, judge=8),
)

LONELY = (
    *STEPS,
    StraightThrough(epochs=1, judge=1),
    StraightThrough(epochs=1, batch=1),
    SinkhornRebasin(cost="midpoint", iterations=1, batch=1),
    Annealing(steps=1, batch=1),
    Annealing(energy="accuracy", steps=1, batch=1),
)


def problem(count: int) -> Problem:
    whole = live_networks.problem("mlp-bn")
    images, labels = whole.training_data[torch.arange(count)]
    return Problem(whole.networks, TensorDataset(images, labels))


@given(st.integers(1, 60), st.integers(1, 12))
def test_batches_are_all_samples_once_and_no_more_than_one_of_them_is_alone(count: int, size: int):
    draw = torch.Generator().manual_seed(count)
    samples = TensorDataset(torch.zeros(count), torch.zeros(count))
    found = shuffled_batches(samples, size, draw)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(count))
    assert torch.equal(torch.cat(found), order)
    assert all(len(one) > 1 for one in found) or size == 1 or count == 1
    if count % size != 1:
        assert [len(one) for one in found] == [len(one) for one in order.split(size)]


@pytest.mark.parametrize("method", STEPS, ids=str)
def test_one_sample_more_than_a_batch_holds_is_no_fault(method):
    for count in (17, 9, 3):
        assert method.align(problem(count)).is_permutation


@pytest.mark.parametrize("method", LONELY, ids=str)
def test_one_sample_alone_is_told_in_a_sentence(method):
    for count in (1, 5) if method.batch == 1 else (1,):
        with pytest.raises(UserError, match="one value a channel: give more samples"):
            method.align(problem(count))


@pytest.mark.parametrize("name", methods())
def test_no_method_breaks_on_a_single_sample(name: str):
    method = methods()[name]()
    one = problem(1)
    if method.skip(one):
        return
    with suppress(UserError):  # and nothing else
        method.align(one)
