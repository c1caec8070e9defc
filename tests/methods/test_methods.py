"""Laws that every method keeps on every network."""

import dataclasses

import live_networks
import pytest
import torch

from basinbench.methods.annealing import Annealing
from basinbench.methods.base import Alignment, Method, Problem, transported
from basinbench.methods.best_of import BestOf
from basinbench.methods.catalogue import methods
from basinbench.methods.fedma import FedMA
from basinbench.methods.frank_wolfe import FrankWolfe
from basinbench.methods.otfusion import OTFusionActivations, OTFusionWeights
from basinbench.methods.pfnm import PFNM
from basinbench.methods.sinkhorn_rebasin import SinkhornRebasin
from basinbench.methods.straight_through import StraightThrough
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners.execution.timing import same_result
from basinbench.runners.keys import label_of

CHEAPER: dict[str, Method] = {
    "annealing": Annealing(steps=10, batch=16),
    "best-of": BestOf(restarts=1, samples=64, precision="float64"),
    "frank-wolfe": FrankWolfe(iterations=4),
    "sinkhorn-rebasin": SinkhornRebasin(iterations=3),
    "fedma": FedMA(sweeps=1, batch=96),
    "pfnm": PFNM(sweeps=1),
    "straight-through": StraightThrough(epochs=1, batch=48, judge=48),
    "weight-matching": WeightMatching(precision="float64"),
}
METHODS = [CHEAPER.get(name) or cls() for name, cls in methods().items()]
SOFT = [
    OTFusionWeights(solver="sinkhorn"),
    OTFusionActivations(solver="sinkhorn", regularisation=0.05),
]

# Methods whose maps do more than reorder units, by name: all others must keep every function.
MIXING: set[str] = {"cca", "fedma", "parent", "pfnm", "zipit"}

every_method = pytest.mark.parametrize("method", METHODS, ids=label_of)
every_network = pytest.mark.parametrize("name", live_networks.ARCHITECTURES)


def aligned(method: Method, name: str) -> tuple[Problem, Alignment]:
    """A problem and its alignment; skips where the method says that it cannot solve it."""
    problem = live_networks.problem(name)
    if reason := method.skip(problem):
        pytest.skip(reason)
    return problem, live_networks.alignment(method, name)


def permuted(method: Method, name: str) -> tuple[Problem, Alignment]:
    """The same for methods that only reorder units."""
    problem, alignment = aligned(method, name)
    if method.name in MIXING:
        pytest.skip("does more than reorder units")
    assert alignment.is_permutation
    return problem, alignment


@every_method
@every_network
def test_aligned_networks_compute_what_they_did(method: Method, name: str):
    problem, alignment = permuted(method, name)
    x = live_networks.samples(16, seed=5)[:][0]
    for net, moved in zip(problem.networks, transported(problem, alignment), strict=True):
        expected, error = net(x), (net(x, moved) - net(x)).abs().max()
        assert error / expected.abs().max() < 1e-10
        assert expected.std(0).min() > 1e-3, "the network is dead: any symmetry would pass"


@every_method
@every_network
def test_same_seed_same_alignment(method: Method, name: str):
    problem, first = aligned(method, name)
    second = method.align(problem)
    assert same_result(first, second)
    assert first.stats == second.stats


@every_method
@every_network
def test_arguments_are_not_changed(method: Method, name: str):
    problem = live_networks.problem(name)
    if reason := method.skip(problem):
        pytest.skip(reason)
    before = [live_networks.clone(net.params) for net in problem.networks]
    modules = [live_networks.clone(net.module.state_dict()) for net in problem.networks]
    stream = torch.random.get_rng_state()
    method.merge(problem, method.align(problem), [0.5, 0.5])
    for net, params, own in zip(problem.networks, before, modules, strict=True):
        assert all(torch.equal(net.params[k], v) for k, v in params.items())
        assert all(torch.equal(net.module.state_dict()[k], v) for k, v in own.items())
        assert not net.module.training
        assert not any(p.requires_grad for p in net.params.values())
    assert torch.equal(torch.random.get_rng_state(), stream)


@every_method
@every_network
def test_ends_of_the_line_are_the_networks(method: Method, name: str):
    problem, alignment = aligned(method, name)
    if alignment.merged is not None:
        pytest.skip("gives one merge and no line")
    for weights, expected in zip([(1, 0), (0, 1)], transported(problem, alignment), strict=True):
        merged = method.merge(problem, alignment, weights)
        assert merged.keys() == expected.keys()
        assert all(torch.equal(merged[k], v) for k, v in expected.items())


@every_method
@every_network
def test_reference_stays_and_no_unit_is_lost(method: Method, name: str):
    problem, alignment = permuted(method, name)
    first, second = transported(problem, alignment)
    assert all(torch.equal(first[k], v) for k, v in problem.networks[0].params.items())
    for key, value in problem.networks[1].params.items():
        assert torch.equal(second[key].flatten().sort().values, value.flatten().sort().values)


@every_method
@every_network
def test_a_network_with_itself_is_left_alone(method: Method, name: str):
    net = live_networks.network(name, 1)
    problem = Problem((net, net), live_networks.samples())
    if reason := method.skip(problem):
        pytest.skip(reason)
    if method.name in MIXING:
        pytest.skip("does more than reorder units")
    _, moved = transported(problem, method.align(problem))
    assert all(torch.equal(moved[k], v) for k, v in net.params.items())


@every_method
def test_three_networks_each_meet_the_first(method: Method):
    three = live_networks.problem("mlp", (1, 2, 3))
    if reason := method.skip(three):
        pytest.skip(reason)
    alignment = method.align(three)
    assert len(alignment.maps) == 3
    if alignment.merged is not None:
        pytest.skip("gives one merge and no common basis")
    merged = method.merge(three, alignment, [1 / 3] * 3)
    mean = sum(moved["head.weight"] for moved in transported(three, alignment)) / 3
    torch.testing.assert_close(merged["head.weight"], mean)


@every_method
def test_is_a_value_with_a_name_and_a_source(method: Method):
    assert dataclasses.is_dataclass(method)
    assert method == dataclasses.replace(method)
    assert hash(method) == hash(dataclasses.replace(method))
    assert method.name
    assert method.paper
    assert label_of(type(method)()) == method.name
    with pytest.raises(dataclasses.FrozenInstanceError):
        method.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("method", SOFT, ids=label_of)
def test_soft_plans_mix_units(method: Method):
    problem = live_networks.problem("mlp")
    alignment = method.align(problem)
    assert not alignment.is_permutation
    merged = method.merge(problem, alignment, [0.5, 0.5])
    assert all(torch.isfinite(v).all() for v in merged.values())
