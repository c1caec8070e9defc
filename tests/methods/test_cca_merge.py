"""Laws of CCA Merge."""

import live_networks
import pytest
import torch
from alive import draw
from torch import nn

from basinbench.methods import cca_merge
from basinbench.methods.base import Network, Problem, transported
from basinbench.methods.cca_merge import GAMMAS, CCAMerge
from basinbench.methods.symmetry.maps import Linear
from basinbench.methods.tracing.trace import trace

WITHOUT_VARIANCES = ["mlp", "vgg-plain", "resnet-ln"]


def linear_network(seed: int) -> Network:
    module = nn.Sequential(nn.Flatten(), nn.Linear(128, 9), nn.Linear(9, 7), nn.Linear(7, 5)).eval()
    return Network(module, draw(module, seed), trace(module, torch.zeros(2, *live_networks.SHAPE)))


def mixed(net: Network) -> Network:
    """The same function of a linear network in bases that are no permutations."""
    generator = torch.Generator().manual_seed(3)
    maps = {}
    for group, n in net.widths.items():
        into = torch.eye(n) + 0.3 * torch.randn(n, n, generator=generator)
        maps[group] = Linear(into.double(), into.double().inverse())
    return Network(net.module, net.symmetry.transport(net.params, maps), net.symmetry)


def test_an_invertible_mixture_of_a_linear_network_is_undone():
    net = linear_network(1)
    problem = Problem((net, mixed(net)), live_networks.samples())
    _, found = transported(problem, CCAMerge(gamma=0).align(problem))
    for name, value in net.params.items():
        torch.testing.assert_close(found[name], value, rtol=1e-6, atol=1e-8)


def test_a_map_keeps_the_function_of_any_linear_network():
    a, b = linear_network(1), linear_network(2)
    problem = Problem((a, b), live_networks.samples())
    x = live_networks.samples(8)[:][0]
    _, moved = transported(problem, CCAMerge().align(problem))
    torch.testing.assert_close(b(x, moved), b(x))


@pytest.mark.parametrize("name", WITHOUT_VARIANCES)
def test_a_network_with_itself_is_left_alone(name: str):
    net = live_networks.network(name, 1)
    problem = Problem((net, net), live_networks.samples())
    x = live_networks.samples(8)[:][0]
    merged = CCAMerge().merge(problem, CCAMerge().align(problem), [0.5, 0.5])
    assert (net(x, merged) - net(x)).abs().max() / net(x).abs().max() < 1e-3


@pytest.mark.parametrize("when", ["before", "after"])
def test_planted_permutations_are_nearly_recovered(when):
    net = live_networks.network("mlp", 1)
    moved, maps = live_networks.shuffled(net)
    problem = Problem((net, moved), live_networks.samples())
    found = CCAMerge(gamma=1e-4, when=when).align(problem).maps[1]
    # Before the nonlinearity 40 units that read 32 span 32 dimensions, and hide their order.
    known = [g for g in maps if (when, g) != ("before", "hidden.1")]
    for group in known:
        m = maps[group]
        one = torch.eye(m.units, dtype=torch.float64)
        expected = m.inverse().apply(one, 0, False)
        into = found[group].apply(one, 0, False)
        assert (into - expected).abs().max() < 0.05
        assert into.argmax(1).equal(expected.argmax(1))


def test_the_mapped_activations_resemble_the_first_networks():
    problem = live_networks.problem("mlp")
    group = "hidden.0"
    maps = CCAMerge().align(problem).maps[1]
    x = live_networks.samples()[:][0]
    a, b = (n.symmetry.activations(n.params, x, "before")[group] for n in problem.networks)
    a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
    moved = maps[group].apply(b, 0, False)
    assert (a - moved).square().sum() < 0.8 * (a - b).square().sum()
    backwards = maps[group].apply(b, 0, True)
    assert (a - moved).square().sum() < (a - backwards).square().sum()


def test_the_scale_of_the_units_does_not_matter_to_gamma():
    net, other = linear_network(1), linear_network(2)
    louder = [Network(n.module, dict(n.params), n.symmetry) for n in (net, other)]
    for n in louder:
        n.params["1.weight"] = 8 * n.params["1.weight"]
        n.params["1.bias"] = 8 * n.params["1.bias"]
    quiet = CCAMerge(gamma=0.1).align(Problem((net, other), live_networks.samples())).maps[1]["1"]
    loud = CCAMerge(gamma=0.1).align(Problem(tuple(louder), live_networks.samples())).maps[1]["1"]
    one = torch.eye(9, dtype=torch.float64)
    torch.testing.assert_close(loud.apply(one, 0, False), quiet.apply(one, 0, False))


def test_without_a_gamma_the_one_that_loses_least_in_the_middle_is_kept():
    problem = live_networks.problem("mlp")
    net, _ = problem.networks
    x, y = live_networks.samples()[:]

    def height(method: CCAMerge) -> float:
        alignment = method.align(problem)
        merged = method.merge(problem, alignment, [0.5, 0.5])
        return float(nn.functional.cross_entropy(net(x, merged), y))

    heights = {gamma: height(CCAMerge(gamma=gamma)) for gamma in GAMMAS}
    best = min(heights, key=lambda gamma: heights[gamma])
    assert height(CCAMerge()) == heights[best]
    assert CCAMerge().align(problem).stats["gamma"] == best
    assert max(heights.values()) > 1.01 * heights[best]  # or it would not matter


@pytest.mark.parametrize("both", [True, False])
def test_a_group_that_is_dead_altogether_is_no_obstacle(both: bool):
    first, second = live_networks.problem("mlp").networks

    def killed(net: Network) -> Network:
        dead = {k: w.clone() for k, w in net.params.items()}
        dead["hidden.1.weight"].zero_()
        dead["hidden.1.bias"].fill_(-1)
        return Network(net.module, dead, net.symmetry)

    problem = Problem((killed(first), killed(second) if both else second), live_networks.samples())
    for method in (CCAMerge(), CCAMerge(gamma=1e-4)):
        merged = method.merge(problem, method.align(problem), [0.5, 0.5])
        assert all(w.isfinite().all() for w in merged.values())
    if both:
        found = CCAMerge().align(problem).maps[1]["hidden.1"]
        one = torch.eye(found.units, dtype=torch.float64)
        torch.testing.assert_close(found.apply(one, 0, False), one)


def test_a_loss_that_is_not_a_number_is_never_the_least(monkeypatch: pytest.MonkeyPatch):
    losses = iter([torch.nan, 3.0, 2.0, torch.inf] + [torch.nan] * len(GAMMAS))
    monkeypatch.setattr(cca_merge, "batch_loss", lambda *_: next(losses))
    assert CCAMerge().align(live_networks.problem("mlp")).stats["gamma"] == GAMMAS[2]


@pytest.mark.parametrize("name", ["mlp-bn", "vgg-bn", "resnet-bn"])
def test_running_variances_are_a_reason_to_skip(name: str):
    reason = CCAMerge().skip(live_networks.problem(name))
    assert reason is not None
    assert "running variances" in reason
