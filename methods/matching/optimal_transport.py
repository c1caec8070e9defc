"""Optimal transport between the units of two networks, and the map that a plan makes."""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import torch
from torch import Tensor

from ...environment_variables import variables_set
from ...errors import require
from ..symmetry.maps import Linear, Map, Permutation

Solver = Literal["exact", "sinkhorn"]
GroundMetric = Literal["max", "none", "log"]
"""What becomes of the costs: divided by the largest, as they are, or log(1 + cost)."""


MOST_SINKHORN_ITERATIONS = 10_000

SINKHORN_ERROR = 1e-9
"""The norm of what a marginal lacks at which Sinkhorn has converged: POT's default."""


@dataclass(frozen=True, eq=False)
class TransportPlan:
    """A `coupling` (n, m), and whether its solver came to an end before its iterations did."""

    coupling: Tensor
    converged: bool


def distances(a: Tensor, b: Tensor, squared: bool) -> Tensor:
    """(n, m): Euclidean distances between the rows of `a` (n, d) and of `b` (m, d), in float64.

    The authors expand |a|^2 + |b|^2 - 2ab in float32, which cancels before the root; in float64
    the same expansion is as fast as a matrix product and good to 1e-8 of the features' size.
    """
    distance = torch.cdist(a.double(), b.double(), compute_mode="use_mm_for_euclid_dist")
    return distance.square() if squared else distance


def unit_rows(x: Tensor) -> Tensor:
    """The rows of `x` at length one; rows of zeros stay."""
    return torch.nn.functional.normalize(x, dim=1)


def _pot() -> Any:
    """POT, imported late, as it takes seconds, and without the frameworks that nobody here uses.

    It imports each that is installed and makes an array with it, upon which JAX takes three
    quarters of a GPU's memory for good. One that this process has imported already is left alone.
    """
    require("run", "ot")
    others = {"jax": "JAX", "cupy": "CUPY", "tensorflow": "TENSORFLOW"}
    unused = [f"POT_BACKEND_DISABLE_{key}" for n, key in others.items() if n not in sys.modules]
    with variables_set(dict.fromkeys(unused, "1")):
        return import_module("ot")


def transport_plan(
    cost: Tensor, solver: Solver, regularisation: float, ground_metric: GroundMetric = "max"
) -> TransportPlan:
    """The coupling (n, m) of uniform marginals 1/n and 1/m with the least `cost` (n, m).

    "exact" is POT's network simplex, whose answer is a vertex: for n = m a permutation over n.
    "sinkhorn" adds `regularisation` x entropy in the log domain, where small values do not
    underflow. The plan is that of the costs as `ground_metric` has them: "max" makes the
    regularisation relative, the others leave it absolute. Raises `ValueError` when a cost is not
    finite.
    """
    ot = _pot()
    if not torch.isfinite(cost).all():
        raise ValueError(
            "the costs of a transport plan are not all finite: weights or activations overflow"
        )
    n, m = cost.shape
    source, target = cost.new_full((n,), 1 / n), cost.new_full((m,), 1 / m)
    if ground_metric == "log":
        cost = cost.log1p()
    if solver == "exact":
        plan, log = ot.emd(source, target, cost, numItermax=10_000_000, log=True)
        return TransportPlan(torch.as_tensor(plan), converged=log["warning"] is None)
    if ground_metric == "max":
        cost = cost / cost.max().clamp_min(torch.finfo(cost.dtype).tiny)
    plan, log = ot.sinkhorn(
        source,
        target,
        cost,
        regularisation,
        method="sinkhorn_log",
        numItermax=MOST_SINKHORN_ITERATIONS,
        stopThr=SINKHORN_ERROR,
        warn=False,
        log=True,
    )
    return TransportPlan(torch.as_tensor(plan), bool(log["err"][-1] < SINKHORN_ERROR))


def plan_to_map(plan: Tensor, preserve_mass: bool) -> Map:
    """The map of the second network's units (m) into the first's (n) along a `plan` (n, m).

    A plan that is a permutation over n becomes one, exactly. Any other mixes: every unit of the
    basis is the mean of what arrives there, where units are written and where they are read, as
    OTFusion divides by the target's marginal. Reading means halves the outgoing weights of a
    network that is twice as wide; `preserve_mass` sums them instead, so that a network with
    duplicated units keeps its function.
    """
    n, m = plan.shape
    if n == m:
        index = plan.argmax(1)
        hard = torch.zeros_like(plan).scatter_(1, index[:, None], 1 / n)
        if torch.allclose(plan, hard, rtol=0, atol=1e-9 / n):
            return Permutation(index)
    into = plan / plan.sum(1, keepdim=True)  # n * plan, also where Sinkhorn stopped early
    return Linear(into, into.T * (m / n) if preserve_mass else into.T)
