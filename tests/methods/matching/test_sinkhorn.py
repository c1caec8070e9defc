"""Sinkhorn's normalisation and its two derivatives."""

import pytest
import torch

from basinbench.methods.matching.sinkhorn import Differentiation, sinkhorn


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
