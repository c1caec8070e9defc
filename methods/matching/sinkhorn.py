"""Sinkhorn's normalisation: scores to a doubly stochastic matrix, differentiable in two ways."""

from typing import Literal

import torch
from torch import Tensor

Differentiation = Literal["unrolled", "implicit"]

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

    The limit is the doubly stochastic matrix P with the largest <P, `scores`> + entropy. Computed
    in the log domain, where small values do not underflow. "unrolled" differentiates the
    `iterations` themselves; "implicit" solves the linear system that the derivative of the limit
    obeys (Eisenberger et al. 2022), whose memory and time do not grow with their number, and
    which is exact as far as they have converged.
    """
    if differentiation == "implicit":
        return _Implicit.apply(scores, iterations)  # type: ignore[no-any-return]
    return _normalise(scores, iterations)


def _normalise(scores: Tensor, iterations: int) -> Tensor:
    rows = scores.new_zeros(len(scores), 1)
    columns = scores.new_zeros(1, len(scores))
    for _ in range(iterations):
        columns = -torch.logsumexp(scores + rows, dim=0, keepdim=True)
        rows = -torch.logsumexp(scores + columns, dim=1, keepdim=True)
    return (scores + rows + columns).exp()


class _Implicit(torch.autograd.Function):
    """log P = scores + u 1^T + 1 v^T with fixed marginals: u and v follow from the scores."""

    @staticmethod
    def forward(ctx, scores: Tensor, iterations: int) -> Tensor:  # type: ignore[override]
        plan = _normalise(scores, iterations)
        ctx.save_for_backward(plan)
        return plan

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        """P * (gradient - a 1^T - 1 b^T), where a and b make its rows and columns sum to zero."""
        (plan,) = ctx.saved_tensors
        p, g = plan.double(), gradient.double()
        weighted = p * g
        rows, columns = p.sum(1), p.sum(0)
        eye = torch.eye(len(p), dtype=p.dtype, device=p.device)
        system = torch.diag(rows) - (p / columns) @ p.T + RIDGE * eye + 1 / len(p)
        right = weighted.sum(1) - p @ (weighted.sum(0) / columns)
        a = torch.linalg.solve(system, right)
        b = (weighted.sum(0) - p.T @ a) / columns
        return (weighted - p * (a[:, None] + b)).to(gradient.dtype), None
