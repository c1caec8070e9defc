"""The assignment problem behind its functions: the optimum is that of scipy and of brute force."""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from basinbench.methods.matching import assignment
from basinbench.methods.matching.assignment import assign, assign_all

costs = st.integers(1, 6).flatmap(
    lambda n: st.lists(st.lists(st.integers(-4, 4), min_size=n, max_size=n), min_size=n, max_size=n)
)


def value(gain: Tensor, index: Tensor) -> float:
    return float(gain.double()[torch.arange(len(gain)), index].sum())


def by_scipy(gain: Tensor) -> Tensor:
    rows, columns = linear_sum_assignment(gain.double().numpy(), maximize=True)
    assert rows.tolist() == list(range(len(gain)))
    return torch.from_numpy(columns)


def drawn(n: int, seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(n, n, generator=draw, dtype=torch.float64)


def inner_products(n: int) -> Tensor:
    """Gains as they come: of rows that share a mean, so that all are near each other."""
    a, b = (drawn(n, seed) + 3 * drawn(n, 9)[0] for seed in (1, 2))
    return (a.float() @ b.float().T).double()


def degenerate(n: int) -> dict[str, Tensor]:
    gain = drawn(n)
    dead, twins, low_rank = gain.clone(), gain.clone(), drawn(n)[:, :2] @ drawn(n, 1)[:2]
    dead[: n // 3] = 0
    twins[:, n // 2 :] = twins[:, : n - n // 2]
    return {
        "random": gain,
        "inner products": inner_products(n),
        "constant": torch.full((n, n), 3.0, dtype=torch.float64),
        "dead rows": dead,
        "dead columns": dead.T,
        "twin columns": twins,
        "twin rows": twins.T,
        "few values": gain.round(),
        "products of two features": low_rank,
        "one large row": torch.cat([gain[:1] * 1e6, gain[1:]]),
        "one large column": torch.cat([gain[:, :1] * 1e6, gain[:, 1:]], dim=1),
    }


@pytest.mark.slow
@settings(max_examples=200)
@given(costs)
def test_is_the_best_of_all_permutations(rows: list[list[int]]):
    gain = torch.tensor(rows, dtype=torch.float64)
    n = len(gain)
    best = max(value(gain, torch.tensor(p)) for p in permutations(range(n)))
    found = assign(gain)
    assert found.sort().values.tolist() == list(range(n))
    assert value(gain, found) == best


@pytest.mark.parametrize("n", [1, 2, 17, 130])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_objective_is_that_of_scipy(n: int, dtype: torch.dtype):
    for name, gain in degenerate(n).items():
        for scale in (1e-12, 1.0, 1e12):
            for offset in (0.0, 1e6):
                # In float32 an offset rounds the gains; the problem is what is left of them.
                given = (gain * scale + offset * scale).to(dtype)
                found = assign(given)
                assert found.sort().values.tolist() == list(range(n)), name
                unit = torch.finfo(dtype).eps * float(given.double().abs().amax(1).sum())
                lacking = value(given, by_scipy(given)) - value(given, found)
                assert abs(lacking) <= unit, (name, scale, offset)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_takes_the_whole_range_of_half_precision(dtype: torch.dtype):
    """Differences of such gains, and sums of them, do not fit into what they are stored in."""
    gain = torch.finfo(dtype).max * (drawn(40).clamp(-2, 2) / 2).to(dtype)
    assert value(gain, assign(gain)) == pytest.approx(value(gain, by_scipy(gain)), rel=1e-6)


def test_takes_finite_gains_whose_differences_are_not():
    gain = torch.finfo(torch.float32).max * drawn(40).clamp(-1, 1).float()
    assert value(gain, assign(gain)) == pytest.approx(value(gain, by_scipy(gain)), rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_refuses_gains_that_are_not_finite(bad: float, dtype: torch.dtype):
    for row, columns in ((1, [2]), (0, [0, 1, 2, 3]), (3, [0, 2])):
        gain = torch.eye(4, dtype=dtype)
        gain[row, columns] = bad
        with pytest.raises(ValueError, match="not all finite"):
            assign(gain)
        with pytest.raises(ValueError, match="not all finite"):
            assign_all(torch.stack([torch.eye(4, dtype=dtype), gain]))


def test_changes_nothing_and_repeats_itself():
    for name, gain in degenerate(50).items():
        before = gain.clone()
        assert assign(gain).equal(assign(before)), name
        assert gain.equal(before), name


def test_many_problems_are_each_solved_as_one():
    gains = torch.stack([drawn(9, seed) for seed in range(5)])
    assert assign_all(gains).equal(torch.stack([assign(gain) for gain in gains]))


def test_needs_no_contiguous_memory():
    gain = drawn(60)
    assert value(gain.T, assign(gain.T)) == pytest.approx(value(gain, assign(gain)), rel=1e-12)


def test_where_lapx_is_not_installed_scipy_solves(monkeypatch: pytest.MonkeyPatch):
    assert assignment._lapjvh is not None, "the package requires lapx"
    gains = {name: (gain, assign(gain)) for name, gain in degenerate(60).items()}
    monkeypatch.setattr(assignment, "_lapjvh", None)
    for name, (gain, index) in gains.items():
        found = assign(gain)
        assert found.sort().values.tolist() == list(range(60)), name
        assert value(gain, found) == pytest.approx(value(gain, index), rel=1e-12, abs=1e-9), name
    with pytest.raises(ValueError, match="not all finite"):
        assign(torch.full((3, 3), np.nan))
