"""Laws of ZipIt."""

from itertools import product
from typing import Any

import live_networks
import numpy as np
import pytest
import torch

from basinbench.methods.base import Problem, transported, weighted_mean
from basinbench.methods.matching.activation_statistics import Covariance, joint_covariance
from basinbench.methods.zipit import RowMaxima, ZipIt, zip_units

STACKABLE = [name for name in live_networks.ARCHITECTURES if not name.endswith("-ln")]


def covariance(count: int = 3, units: int = 8, seed: int = 0) -> Covariance:
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(count * units, 200, generator=generator, dtype=torch.float64)
    z += 0.7 * torch.randn(4, 200, generator=generator).double().repeat(count * units // 4, 1)
    return Covariance(torch.cov(z, correction=0), (units,) * count)


@pytest.mark.parametrize("name", live_networks.ARCHITECTURES)
def test_copies_of_a_network_zip_into_it(name: str):
    net = live_networks.network(name, 1)
    shapes = {k: v.shape for k, v in net.params.items()}
    x = live_networks.samples(8)[:][0]
    for count in (2, 3):
        copies = tuple(live_networks.shuffled(net, seed)[0] for seed in range(7, 6 + count))
        merged = ZipIt(a=1.0).align(Problem((net, *copies), live_networks.samples())).merged
        assert merged is not None
        assert {k: v.shape for k, v in merged.items()} == shapes, count
        assert (net(x, merged) - net(x)).abs().max() / net(x).abs().max() < 1e-8, count


@pytest.mark.parametrize("name", STACKABLE)
def test_with_nothing_zipped_it_is_the_ensemble(name: str):
    problem = live_networks.problem(name, (1, 2, 3))
    method = ZipIt(until=0.0)
    assert method.skip(problem) is None
    merged = method.align(problem).merged
    x = live_networks.samples(8, seed=5)[:][0]
    mean = torch.stack([net(x) for net in problem.networks]).mean(0)
    assert (problem.networks[0](x, merged) - mean).abs().max() / mean.abs().max() < 1e-10


@pytest.mark.parametrize("name", STACKABLE)
def test_a_partial_zip_works_in_the_precision_of_trained_networks(name: str):
    """Side by side they are judged in float64: rounding of float32 was taken for a norm's doing."""
    problem = live_networks.problem(name, dtype=torch.float32)
    method = ZipIt(until=0.5)
    assert method.skip(problem) is None
    merged = method.align(problem).merged
    assert merged is not None
    assert {value.dtype for value in merged.values() if value.is_floating_point()} == {
        torch.float32
    }
    exact = method.align(live_networks.problem(name)).merged
    x = live_networks.samples(8)[:][0]
    wanted, found = (
        net(images, params).double()
        for net, images, params in (
            (live_networks.network(name, 1), x, exact),
            (problem.networks[0], x.float(), merged),
        )
    )
    assert (found - wanted).abs().max() / wanted.abs().max() < 1e-4


@pytest.mark.parametrize("name", STACKABLE)
def test_copies_zip_in_part_into_themselves(name: str):
    net = live_networks.network(name, 1)
    problem = Problem((net, live_networks.shuffled(net)[0]), live_networks.samples())
    alignment = ZipIt(until=0.5).align(problem)
    assert 0 < alignment.stats["zipped"] < alignment.stats["groups"]
    x = live_networks.samples(8)[:][0]
    assert (net(x, alignment.merged) - net(x)).abs().max() / net(x).abs().max() < 1e-8


def test_norms_across_units_are_a_reason_to_skip_a_partial_zip_alone():
    problem = live_networks.problem("resnet-ln")
    assert ZipIt().skip(problem) is None
    assert "norm across units" in (ZipIt(until=0.5).skip(problem) or "")


@pytest.mark.parametrize("count", [2, 3])
def test_every_unit_is_in_one_cluster_and_budgets_are_kept(count: int):
    for a, b in product((0.3, 1.0), (0.0, 0.25, 1.0)):
        assert_clusters(count, a, b)


def assert_clusters(count: int, a: float, b: float) -> None:
    clusters = zip_units(covariance(count), 8, a, b)
    maps = clusters.maps(torch.device("cpu"))
    assert clusters.merges == 8 * (count - 1)
    assert clusters.within <= b * clusters.merges
    merge = sum(m.into.sum(1) for m in maps) / count
    torch.testing.assert_close(merge, torch.ones(8, dtype=torch.float64))
    assert all(torch.equal(m.back.sum(1), torch.ones(8).double()) for m in maps)
    both = sum(m.into @ m.back for m in maps) / count  # merged, unmerged and merged again
    torch.testing.assert_close(both, torch.eye(8, dtype=torch.float64))


@pytest.mark.parametrize("levels", [3, 1000])
def test_the_best_pair_is_the_first_of_the_largest_of_all(levels: int):
    """Also where many are tied."""
    draw, units = np.random.default_rng(levels), 12
    matrix = draw.integers(levels, size=(units, units)).astype(float)
    matrix = np.maximum(matrix, matrix.T)
    np.fill_diagonal(matrix, -np.inf)
    best = RowMaxima(matrix)
    for _ in range(units - 1):
        i, j = sorted(best.place())
        assert best.place() == divmod(int(matrix.argmax()), units)
        row = np.where(np.isfinite(matrix[i]), draw.integers(levels, size=units), -np.inf)
        row[[i, j]] = -np.inf
        matrix[i], matrix[:, i] = row, row
        matrix[j], matrix[:, j] = -np.inf, -np.inf
        best.changed(i, j)


def test_without_a_budget_the_first_merges_are_across():
    twins = torch.eye(8, dtype=torch.float64)
    twins[0, 1] = twins[1, 0] = 0.9  # of one network
    twins[0, 4] = twins[4, 0] = 0.5  # of both
    twins[2, 6] = twins[6, 2] = 0.4
    joint = Covariance(twins, (4, 4))
    free = zip_units(joint, 6, 0.3, 1.0)
    assert free.within == 1
    assert free.index[0] == free.index[1] != free.index[4]
    closed = zip_units(joint, 6, 0.3, 0.0)
    assert closed.within == 0
    assert closed.index[0] == closed.index[4] != closed.index[1]


def test_a_merged_unit_resembles_others_as_little_as_its_parts_do():
    similar = torch.eye(6, dtype=torch.float64)
    for i, j, value in [(0, 3, 0.9), (0, 4, 0.8), (3, 4, 0.1), (1, 5, 0.5)]:
        similar[i, j] = similar[j, i] = value
    clusters = zip_units(Covariance(similar, (3, 3)), 4, 1.0, 0.0).index
    assert clusters[1] == clusters[5]  # 0.5, where the first merge has 0.1 left for unit 4
    assert clusters[4] != clusters[0]


def test_a_merged_unit_is_less_eager_for_more():
    similar = torch.eye(6, dtype=torch.float64)
    for i, j, value in [(0, 3, 0.9), (0, 4, 0.8), (3, 4, 0.8), (1, 5, 0.5)]:
        similar[i, j] = similar[j, i] = value
    joint = Covariance(similar, (3, 3))
    assert zip_units(joint, 4, 1.0, 0.0).index.tolist().count(0) == 3
    shy = zip_units(joint, 4, 0.3, 0.0).index
    assert shy.tolist().count(0) == 2
    assert shy[1] == shy[5]


def test_the_result_is_the_mean_of_the_networks_in_the_zipped_basis():
    problem = live_networks.problem("mlp-bn")
    alignment = live_networks.alignment(ZipIt(), "mlp-bn")
    mean = weighted_mean(transported(problem, alignment), [0.5, 0.5])
    assert alignment.merged is not None
    assert all(torch.equal(mean[k], v) for k, v in alignment.merged.items())
    assert (alignment.merged["norms.0.running_var"] > 0).all()


def test_joint_moments_are_those_of_all_units_together():
    problem = live_networks.problem("mlp")
    x = live_networks.samples()[:][0]
    joint = joint_covariance(problem.networks, live_networks.samples(), "after", size=50)[
        "hidden.1"
    ]
    seen = [n.symmetry.activations(n.params, x)["hidden.1"] for n in problem.networks]
    torch.testing.assert_close(joint.matrix, torch.cov(torch.cat(seen), correction=0))
    torch.testing.assert_close(joint.correlation(), torch.corrcoef(torch.cat(seen)))
    assert torch.equal(joint.block(0, 1), joint.matrix[:40, 40:])
    dead = Covariance(torch.diag(torch.tensor([1.0, 0.0]).double()), (1, 1))
    assert dead.correlation().tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize("fields", [{"a": 0.0}, {"a": 1.5}, {"b": -0.1}, {"until": 2.0}])
def test_impossible_fields_are_refused(fields: dict[str, Any]):
    with pytest.raises(ValueError, match="of zipit is a number"):
        ZipIt(**fields)
