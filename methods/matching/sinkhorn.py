"""Sinkhorn's normalisation: scores to a doubly stochastic matrix, differentiable in two ways."""

from math import log
from typing import Literal

import torch
from torch import Tensor

from .symmetric_product import add_upper, mirrored

Differentiation = Literal["unrolled", "implicit"]

FARTHEST = 1e12
"""No factor of a row or a column may be larger, or smaller than one over it: beyond this, float32
might lack a small value of the scores that the factors make a large one."""

RIDGE = 1e-12
"""Added to the adjoint system, which is singular along one direction (and nearly so along many for
a plan that is almost a permutation), in float64: above rounding, below what a gradient shows."""


COLUMN_ERROR = 1e-3
"""A plan whose columns sum to one within this has converged: as near as a unit is worth."""


def column_error(plan: Tensor) -> float:
    """How far the columns of a normalised `plan` are from summing to one; rows were scaled last."""
    return float((plan.detach().double().sum(0) - 1).abs().max())


def sinkhorn(
    scores: Tensor, iterations: int, differentiation: Differentiation = "unrolled"
) -> Tensor:
    """(n, n): exp(`scores`) with its columns and rows scaled in turn to sum to one.

    The limit is the doubly stochastic matrix P with the largest <P, `scores`> + entropy. "unrolled"
    differentiates the `iterations` themselves; "implicit" solves the linear system that the
    derivative of the limit obeys (Eisenberger et al. 2022), whose memory and time do not grow with
    their number, and which is exact as far as they have converged.
    """
    if differentiation == "implicit":
        return _Implicit.apply(scores, iterations)  # type: ignore[no-any-return]
    if scores.requires_grad and torch.is_grad_enabled():
        return _normalise(scores, iterations)
    return _normalise_by_factors(scores, iterations)


def _normalise_by_factors(scores: Tensor, iterations: int) -> Tensor:
    """The same by factors of the rows and columns of one matrix, which takes one exponential.

    The matrix is what the first iteration makes of the scores. Where its factors come to lie far
    from one, the logarithms are taken instead.
    """
    rows, columns = _logarithms(scores, min(1, iterations))
    matrix = (scores + rows + columns).exp()
    row, column = torch.ones_like(rows), torch.ones_like(columns)
    for _ in range(iterations - 1):
        column = 1 / (row.T @ matrix)
        row = 1 / (matrix @ column.T)
    factors = torch.cat([row.flatten(), column.flatten()]).log()
    if not bool((factors.abs() <= log(FARTHEST)).all()):  # nor are they numbers, perhaps
        return _normalise(scores, iterations)
    return (scores + (rows + row.log()) + (columns + column.log())).exp()


def _normalise(scores: Tensor, iterations: int) -> Tensor:
    """In the log domain, where small values do not underflow."""
    rows, columns = _logarithms(scores, iterations)
    return (scores + rows + columns).exp()


def _logarithms(scores: Tensor, iterations: int) -> tuple[Tensor, Tensor]:
    """Of the factors (n, 1) of the rows and (1, n) of the columns."""
    rows = scores.new_zeros(len(scores), 1)
    columns = scores.new_zeros(1, len(scores))
    for _ in range(iterations):
        columns = -torch.logsumexp(scores + rows, dim=0, keepdim=True)
        rows = -torch.logsumexp(scores + columns, dim=1, keepdim=True)
    return rows, columns


class _Implicit(torch.autograd.Function):
    """log P = scores + u 1^T + 1 v^T with fixed marginals: u and v follow from the scores."""

    @staticmethod
    def forward(ctx, scores: Tensor, iterations: int) -> Tensor:  # type: ignore[override]
        plan = _normalise_by_factors(scores, iterations)
        ctx.save_for_backward(plan)
        return plan

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        """P * (gradient - a 1^T - 1 b^T), where a and b make its rows and columns sum to zero."""
        (plan,) = ctx.saved_tensors
        p, g = plan.double(), gradient.double()
        weighted = p * g
        rows, columns = p.sum(1), p.sum(0)
        system = torch.full_like(p, 1 / len(p))
        add_upper(system, p * columns.rsqrt(), -1)
        system.diagonal().add_(rows + RIDGE)
        right = weighted.sum(1) - p @ (weighted.sum(0) / columns)
        a = _solved(system, right)
        b = (weighted.sum(0) - p.T @ a) / columns
        return (weighted - p * (a[:, None] + b)).to(gradient.dtype), None


def _solved(system: Tensor, right: Tensor) -> Tensor:
    """The solution for a symmetric `system`, of which the upper triangle counts.

    It has no negative eigenvalue, unless by rounding.
    """
    factor, fault = torch.linalg.cholesky_ex(system, upper=True)
    if int(fault):
        return torch.linalg.solve(mirrored(system), right)
    return torch.cholesky_solve(right[:, None], factor, upper=True)[:, 0]
