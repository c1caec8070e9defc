"""Laws of forward bipartite alignment, and of the units that may change their sign."""

from collections.abc import Callable

import live_networks
import pytest
import small_networks
import torch
from alive import draw, output
from torch import Tensor, nn

from basinbench.methods.base import Alignment, Network, Problem
from basinbench.methods.forward_bipartite import ForwardBipartite
from basinbench.methods.matching.forward_pass import best_match, forward_pass
from basinbench.methods.otfusion import OTFusionWeights
from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.symmetry.maps import SignedPermutation
from basinbench.methods.tracing.trace import trace
from basinbench.runners.keys import key
from basinbench.runners.measuring.align import NotEquivalentError, align
from basinbench.runners.networks import MLP, TanhMLP

ODD = ["no bias", "grouped", "attention", "one head"]
"""Networks of `small_networks` in which some group meets odd functions only."""


def flips(symmetry: Symmetry, seed: int, groups: frozenset[str]) -> dict[str, SignedPermutation]:
    generator = torch.Generator().manual_seed(seed)
    maps = {}
    for group in sorted(groups):
        n = symmetry.groups()[group]
        signs = 2 * torch.randint(2, (n,), generator=generator) - 1
        signs[0] = -1
        maps[group] = SignedPermutation(torch.randperm(n, generator=generator), signs)
    return maps


def tanh_network(seed: int) -> Network:
    module = TanhMLP((32, 40)).build(live_networks.SHAPE, live_networks.CLASSES).eval()
    return Network(
        module,
        live_networks.alive(module, seed),
        trace(module, torch.zeros(2, *live_networks.SHAPE)),
    )


def planted(net: Network, seed: int) -> tuple[Network, dict[str, SignedPermutation]]:
    maps = flips(net.symmetry, seed, net.symmetry.odd)
    moved = net.symmetry.transport(net.params, maps)
    return Network(net.module, moved, net.symmetry), maps


def test_flips_keep_the_function_of_a_tanh_network():
    net = tanh_network(1)
    assert net.symmetry.odd == {"hidden.0", "hidden.1"}
    moved, _ = planted(net, 3)
    x = live_networks.samples(16)[:][0]
    assert (net(x) - moved(x)).abs().max() / net(x).abs().max() < 1e-12


@pytest.mark.slow
def test_flips_that_are_offered_keep_the_function():
    traced = {name: small_networks.traced(name) for name in small_networks.SMALL}
    assert {name for name, (_, _, symmetry) in traced.items() if symmetry.odd} == set(ODD)
    for name in ODD:
        module, x, symmetry = traced[name]
        params = draw(module, 1)
        moved = symmetry.transport(params, flips(symmetry, 2, symmetry.odd))
        expected = output(module, params, x)
        error = (output(module, moved, x) - expected).abs().max()
        assert error <= 1e-12 * expected.abs().max(), name


def test_rectifiers_offer_no_flips():
    assert not [name for name in live_networks.ARCHITECTURES if live_networks.built(name)[1].odd]


class _Body(nn.Module):
    def __init__(self, body: Callable[[nn.Module, Tensor], Tensor]):
        super().__init__()
        self.body = body
        self.first, self.norm, self.head = nn.Linear(7, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)
        self.shift = nn.Parameter(torch.ones(6))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(self, self.first(x)))


BODIES: dict[str, tuple[Callable[[nn.Module, Tensor], Tensor], bool]] = {
    "linear": (lambda _, h: h, True),
    "symmetric hardtanh": (lambda _, h: nn.functional.hardtanh(h), True),
    "residual": (lambda _, h: h + h.tanh(), True),
    "shift": (lambda m, h: h.tanh() + m.shift, True),  # type: ignore[operator]
    "skewed hardtanh": (lambda _, h: nn.functional.hardtanh(h, 0.0, 1.0), False),
    "number": (lambda _, h: h + 1, False),
    "broadcast": (lambda _, h: h.tanh() + h.tanh().abs().sum(1, keepdim=True), False),
    "square": (lambda _, h: h * h, False),
    "scale": (lambda m, h: h * m.shift, False),  # type: ignore[operator]
    "sum of the units": (lambda _, h: h.sum(1, keepdim=True).expand(-1, 6), False),
    "rectifier": (lambda _, h: h.relu(), False),
    "norm": (lambda m, h: m.norm(h).tanh(), False),  # type: ignore[operator]
    "maximum": (lambda m, h: torch.maximum(h, m.shift), False),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", BODIES)
def test_only_odd_operators_let_units_flip(name: str):
    body, odd = BODIES[name]
    module = _Body(body).eval()
    symmetry = trace(module, torch.zeros(3, 7))
    assert ("first" in symmetry.odd) == odd
    x = torch.randn(5, 7, generator=torch.Generator().manual_seed(0)).double()
    params = draw(module, 1)
    moved = symmetry.transport(params, flips(symmetry, 2, symmetry.odd))
    torch.testing.assert_close(output(module, moved, x), output(module, params, x))


def test_planted_signed_permutations_are_recovered():
    net = tanh_network(1)
    moved, maps = planted(net, 3)
    alignment = ForwardBipartite().align(Problem((net, moved)))
    for group, found in alignment.maps[1].items():
        assert isinstance(found, SignedPermutation)
        expected = maps[group].inverse()
        assert torch.equal(found.index, expected.index)
        assert torch.equal(found.signs, expected.signs)
    assert alignment.stats["flips"] > 0
    assert alignment.is_exact
    assert not alignment.is_permutation
    merged = ForwardBipartite().merge(Problem((net, moved)), alignment, [0.5, 0.5])
    assert all(torch.equal(merged[k], v) for k, v in net.params.items())


def test_flips_bring_more_weight_together_and_can_be_forbidden():
    pair = Problem((tanh_network(1), tanh_network(2)))
    # Biases left out: these networks' are all positive, and would outweigh the rest.
    plain = ForwardBipartite(signs=False, bias=False).align(pair)
    assert plain.is_permutation
    assert plain.stats["flips"] == 0
    first = pair.networks[0].params["hidden.0.weight"]
    products = [
        float((first * m.apply(pair.networks[1].params["hidden.0.weight"], 0, False)).sum())
        for m in (
            ForwardBipartite(bias=False).align(pair).maps[1]["hidden.0"],
            plain.maps[1]["hidden.0"],
        )
    ]
    assert products[0] > products[1]


@pytest.mark.parametrize("name", live_networks.ARCHITECTURES)
def test_with_rectifiers_it_is_otfusion_on_squared_distances_and_the_greedy_start(name: str):
    problem = live_networks.problem(name)
    maps = ForwardBipartite().align(problem).maps[1]
    sides = [(net.weights, net.symmetry.only(net.weights)) for net in problem.networks]
    assert maps == forward_pass(sides[0], sides[1], best_match)
    if not name.endswith("-bn") and not name.endswith("-ln"):
        transport = OTFusionWeights(squared=True, bias=True)
        assert maps == transport.align(problem).maps[1]


def test_the_bias_counts_only_where_it_is_asked_to():
    problem = live_networks.problem("mlp")
    params = dict(problem.networks[1].params)
    params["hidden.0.bias"] = 50 * params["hidden.0.bias"].roll(3)
    other = Network(problem.networks[1].module, params, problem.networks[1].symmetry)
    changed = Problem((problem.networks[0], other))
    for bias in (True, False):
        method = ForwardBipartite(bias=bias)
        same = (
            method.align(problem).maps[1]["hidden.0"] == method.align(changed).maps[1]["hidden.0"]
        )
        assert same == (not bias)


def test_signed_permutations_undo_themselves_and_are_checked():
    x = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    signs = torch.tensor([1, -1, 1, -1, -1, 1])
    m = SignedPermutation(torch.tensor([2, 0, 1, 5, 4, 3]), signs)
    assert torch.equal(m.inverse().apply(m.apply(x, 1, True), 1, False), x)
    assert torch.equal(m.apply(x, 1, False)[:, 1], -x[:, 0])
    with pytest.raises(ValueError, match="signs"):
        SignedPermutation(torch.arange(6), 2 * signs)
    with pytest.raises(ValueError, match="not a permutation"):
        SignedPermutation(torch.zeros(6, dtype=torch.long), signs)


def test_flips_of_a_rectifier_do_not_pass_the_proof():
    net = live_networks.network("mlp", 1)
    maps = flips(net.symmetry, 1, frozenset(net.widths))

    class Flipping(ForwardBipartite):
        def align(self, problem: Problem) -> Alignment:
            del problem
            return Alignment(({}, maps))

    with pytest.raises(NotEquivalentError, match="exact maps"):
        align(Flipping(), Problem((net, net), live_networks.samples()))
    smooth = tanh_network(1)
    proved = align(
        ForwardBipartite(), Problem((smooth, planted(smooth, 1)[0]), live_networks.samples())
    )
    error = proved.columns["equivalence_error"]
    assert isinstance(error, float)
    assert error < 1e-12
    assert proved.columns["permutation"] is False


def test_the_tanh_network_has_a_key_of_its_own():
    assert TanhMLP((8,)).name == "mlp-8-tanh"
    assert key(TanhMLP((8,))) != key(MLP((8,)))
