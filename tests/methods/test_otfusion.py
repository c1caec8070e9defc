"""Optimal transport: exact plans are permutations, Sinkhorn tends to them, widths may differ."""

from itertools import pairwise, product

import live_networks
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from basinbench.methods.base import Network, Problem, transported
from basinbench.methods.matching.assignment import assign
from basinbench.methods.matching.forward_pass import best_match, forward_pass
from basinbench.methods.matching.optimal_transport import distances, plan_to_map, transport_plan
from basinbench.methods.otfusion import OTFusionActivations, OTFusionWeights
from basinbench.methods.symmetry.maps import Linear, Permutation
from basinbench.methods.tracing.trace import trace
from basinbench.runners.networks import MLP

every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)
sizes = st.integers(2, 30)
seeds = st.integers(0, 2**31)


@settings(max_examples=40)
@given(sizes, seeds)
def test_exact_plan_is_the_assignment(n: int, seed: int):
    cost = rows(n, n, seed).abs()
    plan = transport_plan(cost, "exact", 0).coupling
    index = assign(-cost)
    assert float((plan * cost).sum()) == pytest.approx(
        float(cost[torch.arange(n), index].sum()) / n, abs=1e-9
    )
    map = plan_to_map(plan, preserve_mass=False)
    assert isinstance(map, Permutation)
    assert torch.equal(map.index, index)


@settings(max_examples=40)
@given(sizes, sizes, seeds)
def test_plans_have_uniform_marginals(n: int, m: int, seed: int):
    for solver in ("exact", "sinkhorn"):
        plan = transport_plan(rows(n, m, seed).abs(), solver, 0.1).coupling
        torch.testing.assert_close(plan.sum(1), torch.full((n,), 1 / n).double(), atol=1e-6, rtol=0)
        torch.testing.assert_close(plan.sum(0), torch.full((m,), 1 / m).double(), atol=1e-6, rtol=0)
        assert (plan >= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_sinkhorn_tends_to_the_exact_plan(seed: int):
    n = 24
    a = rows(n, 32, seed)
    cost = distances(a, a.flip(0) + 0.5 * rows(n, 32, seed + 50), squared=True)
    exact = transport_plan(cost, "exact", 0).coupling
    plans = [transport_plan(cost, "sinkhorn", reg).coupling for reg in (1, 0.3, 0.1, 0.03, 0.01)]
    gaps = [float(((plan - exact) * cost).sum()) for plan in plans]
    assert all(earlier > later - 1e-9 for earlier, later in pairwise(gaps))
    assert gaps[-1] >= -1e-6
    assert gaps[-1] < 0.01 * gaps[0]
    assert n * float((plans[0] - exact).abs().max()) > 0.5
    assert n * float((plans[-1] - exact).abs().max()) < 0.05
    flat = transport_plan(cost, "sinkhorn", 1e4).coupling
    torch.testing.assert_close(flat, torch.full_like(flat, 1 / n**2), rtol=1e-3, atol=0)


@settings(max_examples=40)
@given(sizes, st.integers(1, 20), seeds)
def test_squared_distance_is_the_inner_product(n: int, d: int, seed: int):
    a, b = rows(n, d, seed), rows(n, d, seed + 1)
    by_distance = assign(-distances(a, b, squared=True))
    gain = a @ b.T
    lines = torch.arange(n)
    best = gain[lines, assign(gain)].sum()
    assert float(gain[lines, by_distance].sum()) == pytest.approx(float(best), rel=1e-9)


def test_unsquared_distance_is_another_problem():
    """Rows of unequal length: root and square disagree about the best matching (claim Q1)."""
    a, b = rows(200, 3, 0), rows(200, 3, 1)
    lengths = torch.linspace(0.1, 5, 200)[:, None]
    root, square = (assign(-distances(a * lengths, b * lengths, squared=s)) for s in (False, True))
    assert (root != square).any()


@every_network
def test_planted_permutation_is_recovered(name: str):
    net = live_networks.network(name, 1)
    other, planted = live_networks.shuffled(net)
    expected = {g: m.inverse() for g, m in planted.items()}
    problem = Problem((net, other), live_networks.samples())
    for squared, normalise in product((True, False), (True, False)):
        for method in (
            OTFusionWeights(squared=squared, normalise=normalise),
            OTFusionActivations(squared=squared, normalise=normalise),
        ):
            assert method.align(problem).maps[1] == expected, method


@every_network
def test_squared_weights_with_biases_are_the_greedy_pass(name: str):
    """Forward bipartite alignment as it is remembered, and one half of weight matching."""
    a, b = live_networks.network(name, 1), live_networks.network(name, 2)
    first, second = ((n.weights, n.symmetry.only(n.weights)) for n in (a, b))
    greedy = forward_pass(first, second, best_match)
    assert OTFusionWeights(squared=True, bias=True).align(Problem((a, b))).maps[1] == greedy


def test_duplicated_units_are_merged():
    """A network twice as wide, units doubled and outgoing weights halved: the same function.

    OTFusion recovers the incoming weights and halves the outgoing ones; with the mass preserved
    the function is recovered.
    """
    small, double = MLP((6,)), MLP((12,))
    nets = []
    for arch in (small, double):
        module = arch.build(live_networks.SHAPE, live_networks.CLASSES).eval()
        nets.append((module, trace(module, torch.zeros(2, *live_networks.SHAPE))))
    params = live_networks.alive(nets[0][0], 1)
    wide = {
        "hidden.0.weight": params["hidden.0.weight"].repeat_interleave(2, 0),
        "hidden.0.bias": params["hidden.0.bias"].repeat_interleave(2),
        "head.weight": params["head.weight"].repeat_interleave(2, 1) / 2,
        "head.bias": params["head.bias"],
    }
    problem = Problem(
        (Network(nets[0][0], params, nets[0][1]), Network(nets[1][0], wide, nets[1][1]))
    )
    halved = transported(problem, OTFusionWeights().align(problem))[1]
    torch.testing.assert_close(halved["hidden.0.weight"], params["hidden.0.weight"])
    torch.testing.assert_close(halved["head.weight"], params["head.weight"] / 2)
    kept = transported(problem, OTFusionWeights(preserve_mass=True).align(problem))[1]
    for name, value in params.items():
        torch.testing.assert_close(kept[name], value)


@pytest.mark.parametrize("method", [OTFusionWeights(), OTFusionActivations()])
@pytest.mark.parametrize("widths", [((8, 12), (5, 20)), ((5, 20), (8, 12))])
def test_unequal_widths_meet_in_the_first_network(method, widths):
    nets = []
    for seed, width in enumerate(widths):
        module = MLP(width).build(live_networks.SHAPE, live_networks.CLASSES).eval()
        nets.append(
            Network(
                module,
                live_networks.alive(module, seed),
                trace(module, torch.zeros(2, *live_networks.SHAPE)),
            )
        )
    problem = Problem(tuple(nets), live_networks.samples())
    assert method.skip(problem) is None
    alignment = method.align(problem)
    for map in alignment.maps[1].values():
        assert isinstance(map, Linear)
        torch.testing.assert_close(map.into.sum(1), torch.ones(map.size).double())
    merged = method.merge(problem, alignment, [0.5, 0.5])
    assert {k: v.shape for k, v in merged.items()} == {
        k: v.shape for k, v in nets[0].params.items()
    }
    assert torch.isfinite(nets[0](live_networks.samples()[:][0], merged)).all()


def rows(n: int, d: int, seed: int) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_soft_plans_mix_units():
    problem = live_networks.problem("mlp")
    for method in (
        OTFusionWeights(solver="sinkhorn"),
        OTFusionActivations(solver="sinkhorn", regularisation=0.05),
    ):
        alignment = method.align(problem)
        assert not alignment.is_permutation, method
        merged = method.merge(problem, alignment, [0.5, 0.5])
        assert all(torch.isfinite(v).all() for v in merged.values()), method


def test_a_sinkhorn_that_has_not_converged_says_so():
    cost = distances(rows(40, 6, 0), rows(40, 6, 1), squared=False)
    assert transport_plan(cost, "exact", 0).converged
    for regularisation, converges in ((1e-1, True), (1e-4, False)):
        plan = transport_plan(cost, "sinkhorn", regularisation)
        lacking = torch.linalg.vector_norm(plan.coupling.sum(0) - 1 / 40)
        assert plan.converged == converges == bool(lacking < 1e-9)


@pytest.mark.parametrize("form", [OTFusionWeights, OTFusionActivations])
def test_the_stats_count_the_plans_that_had_not_converged(form):
    problem = live_networks.problem("mlp")
    stats = form().align(problem).stats
    assert (stats["converged"], stats["unconverged_plans"]) == (True, 0)
    stats = form(solver="sinkhorn", regularisation=1e-5).align(problem).stats
    assert not stats["converged"]
    assert 0 < stats["unconverged_plans"] <= stats["groups"]
