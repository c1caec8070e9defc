"""Forward passes go from input to output however a symmetry is told, and skip what is excluded."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import live_networks
import pytest
import torch
from cheaper_methods import CHEAPER
from torch import Tensor, nn

from basinbench import from_axes_to_perm, to_axes_to_perm
from basinbench.methods.base import Method, Network, Problem
from basinbench.methods.forward_bipartite import ForwardBipartite
from basinbench.methods.matching.optimal_transport import Solver
from basinbench.methods.otfusion import OTFusionWeights
from basinbench.methods.pfnm import PFNM
from basinbench.methods.plugins.catalogue import built_in
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.tracing.trace import trace
from basinbench.methods.weight_matching import WeightMatching
from basinbench.runners.networks.alive import problem_of

DECLARED = ["mlp", "mlp-bn", "vgg-plain", "resnet-ln", "backwards"]
ORDERS: dict[str, Callable[[list[str]], list[str]]] = {
    "backwards": lambda names: names[::-1],
    "sorted": sorted,
    "by their ends": lambda names: sorted(names, key=lambda name: name[::-1]),
}


class Backwards(nn.Module):
    """A chain and a residual stream whose layers are registered in the other order."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(10, live_networks.CLASSES)
        self.late, self.early = (_block(10, 7), _block(10, 6))
        self.enter = nn.Linear(8, 10)
        self.start = nn.Linear(128, 8)

    def forward(self, x: Tensor) -> Tensor:
        h = self.enter(self.start(x.flatten(1)).relu())
        h = h + self.early(h)
        return self.head((h + self.late(h)).relu())


def _block(width: int, inner: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, inner), nn.ReLU(), nn.Linear(inner, width))


class Started(nn.Module):
    """A layer that a learned state starts, which nothing but a vector writes."""

    def __init__(self) -> None:
        super().__init__()
        self.state = nn.Parameter(torch.randn(9))
        self.after, self.enter = nn.Linear(9, 7), nn.Linear(128, 7)
        self.head = nn.Linear(7, live_networks.CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head((self.after(self.state.tanh()) + self.enter(x.flatten(1))).relu())


OWN: dict[str, Callable[[], nn.Module]] = {"backwards": Backwards, "started": Started}


def made(name: str) -> Problem:
    if name not in OWN:
        return live_networks.problem(name)
    module = OWN[name]().eval()
    symmetry = trace(module, torch.zeros(2, *live_networks.SHAPE))
    params = [live_networks.alive(module, seed) for seed in (1, 2)]
    return problem_of(*(Network(module, own, symmetry) for own in params))


def declared(problem: Problem, order: Callable[[list[str]], list[str]] = list) -> Problem:
    """The same networks, their symmetry as a table in that order tells it."""

    def again(network: Network) -> Network:
        table = to_axes_to_perm(network.symmetry)
        table = {name: table[name] for name in order(list(table))}
        return replace(network, symmetry=from_axes_to_perm(table, network.params))

    return replace(problem, networks=tuple(map(again, problem.networks)))


def method_of(name: str) -> Method:
    return CHEAPER.get(name) or built_in()[name]()


@pytest.mark.parametrize("network", DECLARED)
@pytest.mark.parametrize("name", built_in())
def test_a_table_may_be_written_in_any_order(name: str, network: str):
    method, problem = method_of(name), declared(made(network))
    if reason := method.skip(problem):
        others = (declared(made(network), order) for order in ORDERS.values())
        assert all(method.skip(other) == reason for other in others)
        pytest.skip(reason)
    wanted = method.align(problem)
    merge = method.merge(problem, wanted, (0.5, 0.5))
    for order in ORDERS.values():
        other = declared(made(network), order)
        assert method.skip(other) is None
        found = method.align(other)
        assert found.stats == wanted.stats
        for key, value in method.merge(other, found, (0.5, 0.5)).items():
            assert value.equal(merge[key]), key


@pytest.mark.parametrize("network", DECLARED)
@pytest.mark.parametrize(
    "method",
    [OTFusionWeights(), ForwardBipartite(), PFNM(sweeps=1), WeightMatching(start="greedy")],
    ids=lambda method: method.name,
)
def test_a_table_merges_as_the_trace_does(method: Method, network: str):
    traced = made(network)
    if network == "backwards" and method.name == "weight-matching":
        pytest.skip("visits groups in an order that it draws")
    problem = declared(traced)
    assert method.skip(problem) == method.skip(traced)
    if reason := method.skip(traced):
        pytest.skip(reason)
    wanted, found = (method.merge(p, method.align(p), (0.5, 0.5)) for p in (traced, problem))
    for key, value in found.items():
        torch.testing.assert_close(value, wanted[key])


def without(problem: Problem, layer: str) -> Problem:
    """The same networks, each of which has `layer` of its own."""

    def excluding(network: Network) -> Network:
        left = {name for name in network.symmetry.axes if layer_of(name) == layer}
        return replace(network, symmetry=replace(network.symmetry, excluded=frozenset(left)))

    return replace(problem, networks=tuple(map(excluding, problem.networks)))


def layer_of(name: str) -> str:
    return name.rpartition(".")[0] or name


FORWARD = (OTFusionWeights(), ForwardBipartite(), WeightMatching(start="greedy"))
FEW = ["mlp", "mlp-bn", "started"]
"""Networks small enough for every method."""
MANY = [*live_networks.ARCHITECTURES, *live_networks.NESTED]


@pytest.mark.parametrize(
    ("method", "network"),
    [
        *((method_of(name), network) for name in built_in() for network in FEW),
        *(pytest.param(m, network, marks=pytest.mark.slow) for m in FORWARD for network in MANY),
    ],
    ids=lambda value: getattr(value, "name", value),
)
@pytest.mark.filterwarnings("default:every weight that writes")
def test_any_layer_may_be_excluded(method: Method, network: str):
    problem = made(network)
    for layer in {layer_of(name): None for name in problem.networks[0].params}:
        left = without(problem, layer)
        if method.skip(left) is None:
            merged = method.merge(left, method.align(left), (0.5, 0.5))
            assert all(value.isfinite().all() for value in merged.values())


@pytest.mark.parametrize(
    "method",
    [
        *(OTFusionWeights(bias=bias, solver=s) for bias in (False, True) for s in get_args(Solver)),
        *(ForwardBipartite(bias=bias) for bias in (False, True)),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_units_that_no_weight_writes_are_matched_on_what_does_or_stay(method: Method):
    reference = made("started").networks[0]
    moved, _ = live_networks.shuffled(reference)
    problem = problem_of(reference, moved)
    merged = method.merge(problem, method.align(problem), (0.5, 0.5))
    if getattr(method, "solver", "exact") == "exact":
        for name, value in merged.items():
            torch.testing.assert_close(value, reference.params[name])
    beside = without(problem, "state")
    maps = method.align(beside).maps[1]
    assert isinstance(maps["state"], Permutation)
    assert maps["state"].index.equal(torch.arange(9))


def test_units_that_wait_for_each_other_are_told():
    """A residual stream whose way in is excluded: its blocks read it and write it."""
    problem = without(made("backwards"), "enter")
    with pytest.warns(UserWarning, match="writes the units of 'early.0' reads units .* later"):
        OTFusionWeights().align(problem)
