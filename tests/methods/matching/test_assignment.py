"""The assignment problem behind its one function."""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from basinbench.methods.matching.assignment import WORTH_BIDDING, Assignment, assign

costs = st.integers(1, 6).flatmap(
    lambda n: st.lists(st.lists(st.integers(-4, 4), min_size=n, max_size=n), min_size=n, max_size=n)
)


def value(gain: torch.Tensor, index: torch.Tensor) -> float:
    return float(gain[torch.arange(len(gain)), index].sum())


@pytest.mark.slow
@settings(max_examples=200)
@given(costs, st.integers(0, 2**31))
def test_is_the_best_of_all_permutations_from_any_start(rows, seed):
    gain = torch.tensor(rows, dtype=torch.float64)
    n = len(gain)
    best = max(value(gain, torch.tensor(p)) for p in permutations(range(n)))
    prices = np.random.default_rng(seed).normal(scale=10, size=n).astype(np.float32)
    for found in (assign(gain), assign(gain, Assignment(torch.arange(n), prices))):
        assert found.index.sort().values.tolist() == list(range(n))
        assert value(gain, found.index) == best


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_refuses_gains_that_are_not_finite(bad: float):
    gain = torch.eye(4)
    gain[1, 2] = bad
    with pytest.raises(ValueError, match="not all finite"):
        assign(gain)


@settings(max_examples=20)
@given(st.integers(2, 300), st.integers(0, 2**31))
def test_a_start_changes_time_and_not_the_optimum(n: int, seed: int):
    assert WORTH_BIDDING < 150, "the larger half of these problems should bid"
    draw = torch.Generator().manual_seed(seed)
    gain = torch.randn(n, n, generator=draw, dtype=torch.float64)
    near = gain + 0.01 * torch.randn(n, n, generator=draw, dtype=torch.float64)
    first = assign(gain)
    prices = first.prices.copy()
    warm, cold = assign(near, first), assign(near)
    assert torch.equal(warm.index, cold.index)
    assert np.array_equal(first.prices, prices), "the start was changed"
