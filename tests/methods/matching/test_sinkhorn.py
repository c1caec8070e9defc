"""Sinkhorn's normalisation and its two derivatives."""

import pytest
import torch

from basinbench.methods.matching.sinkhorn import Differentiation, _normalise, _solved, sinkhorn


def scores(n: int = 7, scale: float = 1.0, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return scale * torch.randn(n, n, generator=draw, dtype=torch.float64)


@pytest.mark.parametrize("scale", [0.1, 1.0, 2.0])
def test_rows_and_columns_sum_to_one(scale: float):
    plan = sinkhorn(scores(scale=scale), 2000)
    torch.testing.assert_close(plan.sum(0), torch.ones(7).double())
    torch.testing.assert_close(plan.sum(1), torch.ones(7).double())
    assert (plan > 0).all()


def test_constants_by_row_or_column_change_nothing():
    x = scores()
    shifted = x + scores(seed=1)[:, :1] + scores(seed=2)[:1]
    torch.testing.assert_close(sinkhorn(x, 300), sinkhorn(shifted, 300))


def test_large_scores_are_the_best_assignment():
    best = torch.eye(5, dtype=torch.float64)[[2, 0, 1, 4, 3]]
    torch.testing.assert_close(sinkhorn(500 * best, 20), best)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_both_derivatives_agree_and_are_right(seed: int):
    weight = scores(seed=seed + 50)
    unrolled, implicit = (
        gradient(scores(seed=seed), weight, how) for how in ("unrolled", "implicit")
    )
    torch.testing.assert_close(unrolled, implicit, rtol=1e-8, atol=1e-10)
    assert implicit.abs().max() > 1e-3
    x = scores(n=4, seed=seed).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: sinkhorn(s, 300, "implicit"), x, atol=1e-6)


def test_the_derivative_at_a_permutation_is_finite_and_small():
    best = torch.eye(5, dtype=torch.float64)[[2, 0, 1, 4, 3]]
    slope = gradient(500 * best, scores(5), "implicit")
    assert torch.isfinite(slope).all()
    assert slope.abs().max() < 1e-6


def gradient(x: torch.Tensor, weight: torch.Tensor, how: Differentiation) -> torch.Tensor:
    leaf = x.clone().requires_grad_()
    (sinkhorn(leaf, 400, how) * weight).square().sum().backward()
    assert leaf.grad is not None
    return leaf.grad


@pytest.mark.parametrize("scale", [0.1, 1.0, 5.0, 30.0])
@pytest.mark.parametrize("iterations", [1, 20])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_factors_give_what_logarithms_give(scale: float, iterations: int, dtype: torch.dtype):
    """Also where factors grow beyond any bound: scores of a permutation, and of widely spread."""
    for hard in (0.0, 500.0):
        x = (scores(20, scale) + hard * torch.eye(20).double()[torch.arange(20).roll(3)]).to(dtype)
        found, expected = sinkhorn(x, iterations), _normalise(x, iterations)
        bound = 30 * torch.finfo(dtype).eps * max(1.0, float(x.abs().max()))
        torch.testing.assert_close(found, expected, rtol=bound, atol=bound)


def test_factors_that_are_too_large_are_left_to_logarithms():
    """Two rows want one column: the factors of the others drift apart without end."""
    x = torch.zeros(6, 6, dtype=torch.float32)
    x[:2, 0] = 100
    x[2:, 0] = -100
    expected = sinkhorn(x.double(), 300)
    torch.testing.assert_close(sinkhorn(x, 300).double(), expected, rtol=1e-4, atol=1e-6)


def test_a_system_that_is_singular_by_rounding_is_solved_still():
    system = torch.diag(torch.tensor([1.0, 1.0, -1e-17], dtype=torch.float64))
    right = torch.tensor([1.0, 2.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(_solved(system, right), right)
