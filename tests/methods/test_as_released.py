"""What `as_released` changes, and that the presets keep every law of a method."""

from collections.abc import Sequence
from dataclasses import replace

import live_networks
import pytest
import torch
from torch import Tensor, nn

from basinbench.methods.base import Alignment, Method, Problem
from basinbench.methods.cca_merge import CCAMerge
from basinbench.methods.fedma import FedMA
from basinbench.methods.matching.activation_statistics import Covariance
from basinbench.methods.matching.bbp_map import Gaussian, Limits, match_units
from basinbench.methods.matching.output_layer import ClassesMoved, output_weight
from basinbench.methods.networks.construction import network
from basinbench.methods.otfusion import OTFusion, OTFusionActivations, OTFusionWeights
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.weight_matching import WeightMatching, match_weights
from basinbench.methods.zipit import zip_units
from basinbench.runners.checks import check
from basinbench.runners.grids.released import AS_RELEASED
from basinbench.runners.keys import label_of
from basinbench.runners.laws import LAWS

QUICK = [m for m in AS_RELEASED if m.name != "straight-through"]


@pytest.mark.parametrize("method", QUICK, ids=label_of)
def test_every_law_is_kept(method: Method):
    laws = LAWS
    if isinstance(method, OTFusion):
        method = replace(method, regularisation=1.0)  # a hundred times fewer iterations
        # Moving the classes, as they do, is no change of basis.
        laws = [law for law in LAWS if law.name != "ends of the line kept"]
        assert len(laws) == len(LAWS) - 1
    results = {law: row[0] for law, row in check(method, 60, ["mlp"], laws).items()}
    assert not [f"{law.name}: {r.fault}" for law, r in results.items() if r.fault]


def test_the_presets_are_named_so():
    assert len(set(AS_RELEASED)) == len(AS_RELEASED)
    assert all(label_of(method) != method.name for method in AS_RELEASED)


def test_a_zip_without_bounds_is_the_same_and_with_them_another():
    def zipped(seed: int, a: float, b: float, as_released: bool) -> Tensor:
        return zip_units(_covariance(seed), 16, a, b, as_released).index

    seeds = range(6)
    for seed in seeds:
        assert torch.equal(zipped(seed, 1.0, 1.0, False), zipped(seed, 1.0, 1.0, True))
    assert any(
        not torch.equal(zipped(s, 0.3, 0.25, False), zipped(s, 0.3, 0.25, True)) for s in seeds
    )


def test_without_any_budget_each_network_still_zips_a_pair_of_its_own():
    for as_released, within in ((False, 0), (True, 2)):
        assert zip_units(_covariance(3), 16, 1.0, 0.0, as_released).within == within


def test_a_zip_that_runs_out_of_pairs_says_so():
    with pytest.raises(ValueError, match="no two units are left"):
        zip_units(_covariance(0, networks=3), 16, 0.3, 0.0, as_released=True)


def _covariance(seed: int, networks: int = 2, units: int = 16) -> Covariance:
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(networks * units, 100, generator=generator, dtype=torch.float64)
    z += 0.7 * torch.randn(4, 100, generator=generator).double().repeat(networks * units // 4, 1)
    return Covariance(torch.cov(z.relu(), correction=0), (units,) * networks)


@pytest.mark.parametrize("method", [OTFusionWeights, OTFusionActivations])
def test_classes_in_another_order_are_put_back(method: type[OTFusion]):
    net = live_networks.network("mlp", 1)
    name = output_weight(net.symmetry)
    assert name is not None
    order = torch.randperm(len(net.params[name]), generator=torch.Generator().manual_seed(0))
    bias = name.replace("weight", "bias")
    other = replace(
        net, params={n: w[order] if n in (name, bias) else w for n, w in net.params.items()}
    )
    problem = Problem((net, other), live_networks.samples())
    assert not torch.equal(order, torch.arange(len(order)))
    for as_released in (False, True):
        chosen = method(as_released=as_released)
        alignment = chosen.align(problem)
        assert alignment.is_exact is not as_released
        back = chosen.merge(problem, alignment, (0, 1))[name]
        assert torch.equal(back, net.params[name]) is as_released


def test_classes_in_order_leave_an_exact_alignment_exact():
    net = live_networks.network("mlp", 1)
    moved, _ = live_networks.shuffled(net)
    found = OTFusionWeights(as_released=True).align(Problem((net, moved)))
    assert isinstance(found, ClassesMoved)
    assert found.is_exact
    assert all(
        m == Permutation.identity(m.units) for m in found.classes if isinstance(m, Permutation)
    )


def test_a_network_without_a_linear_output_is_skipped():
    layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 3), nn.Flatten())
    headless = network(layers.eval(), example=torch.zeros(2, 1, 5, 5))
    problem = Problem((headless, headless))
    assert "linear output layer" in str(OTFusionWeights(as_released=True).skip(problem))
    assert OTFusionWeights().skip(problem) is None


def test_a_ridge_as_it_is_is_a_relative_one_of_another_size():
    problem = live_networks.problem("mlp")
    tiny, huge = (CCAMerge(gamma=g, as_released=True).align(problem) for g in (1e-9, 1e9))
    relative = [CCAMerge(gamma=g).align(problem) for g in (1e-9, 1e9)]
    for ours, theirs in zip(relative, (tiny, huge), strict=True):
        assert ours.stats["correlation"] == pytest.approx(theirs.stats["correlation"], abs=1e-2)
    middle = [CCAMerge(gamma=1.0, as_released=r).align(problem) for r in (False, True)]
    assert middle[0].stats["correlation"] != pytest.approx(middle[1].stats["correlation"], rel=1e-6)


def test_the_prior_of_the_bias_is_misplaced_beyond_the_first_layer_alone():
    problem = live_networks.problem("mlp")

    def merged(bias_mean: float, as_released: bool) -> dict[str, Tensor]:
        method = FedMA(epochs=0, bias_mean=bias_mean, as_released=as_released)
        found = method.align(problem).merged
        assert found is not None
        return found

    unmoved = (merged(0.0, as_released) for as_released in (False, True))
    assert _differing(*unmoved) == set()
    moved = _differing(*(merged(5.0, as_released) for as_released in (False, True)))
    first = next(iter(problem.networks[0].weights))
    assert moved
    assert first not in moved


def _differing(a: dict[str, Tensor], b: dict[str, Tensor]) -> set[str]:
    return {n for n, w in a.items() if w.shape != b[n].shape or not torch.allclose(w, b[n])}


def test_a_full_layer_grows_by_one_unit_a_client():
    draw = torch.Generator().manual_seed(0)
    atoms = [5 * torch.randn(6, 4, generator=draw) for _ in range(3)]
    precisions = [torch.ones(4)] * 3
    prior = Gaussian(torch.zeros(4), torch.ones(4))

    def units(limits: Limits) -> int:
        return match_units(atoms, precisions, prior, 1e3, 0, draw, limits).units

    assert units(Limits()) > 8
    assert units(Limits(units=0)) <= 8  # the first client's six, and one of each of the others


def test_every_step_taken_ends_where_steps_that_gain_do():
    problem = live_networks.problem("mlp")
    for seed in range(3):
        exact = replace(problem, seed=seed)
        ours, theirs = (
            WeightMatching(precision="float64", as_released=r).align(exact) for r in (False, True)
        )
        assert ours.maps == theirs.maps
        assert theirs.stats["converged"]


def test_the_orders_of_visits_can_be_given():
    first, second = live_networks.problem("mlp").networks
    draw = torch.Generator()
    groups = list(first.widths)

    def found(order: Sequence[Sequence[str]] | str) -> dict[str, Permutation]:
        return match_weights(
            first.symmetry.only(first.weights),
            first.weights,
            second.weights,
            draw,
            order=order,  # type: ignore[arg-type]
            dtype=torch.float64,
        ).maps

    assert found([groups] * 100) == found("forward")
    assert found([groups[::-1]] * 100) != found("forward")
    with pytest.raises(ValueError, match="end before"):
        found([groups])


def test_a_group_twice_in_a_tensor_is_a_reason_to_skip():
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second, self.head = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = self.first(x).relu()
            return self.head((self.second(h) + h).relu())

    odd = network(Residual(), example=torch.zeros(2, 4))
    written, read = odd.symmetry.axes["second.weight"]
    assert written.groups == read.groups != frozenset()
    assert "twice" in str(WeightMatching(as_released=True).skip(Problem((odd, odd))))
    assert WeightMatching().skip(Problem((odd, odd))) is None


def test_a_plain_alignment_moves_no_classes():
    problem = live_networks.problem("mlp")
    found = OTFusionWeights().align(problem)
    assert type(found) is Alignment
