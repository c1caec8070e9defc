"""Laws of scores and curves, on real digits and small trained networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from basinbench.datasets.digits import digits
from basinbench.methods.base import Alignment, Method, Network, Problem, weighted_mean
from basinbench.methods.baselines import Identity
from basinbench.methods.symmetry.axes import Params
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.tracing.trace import trace
from basinbench.results.barriers import chord_barrier
from basinbench.runners.networks import MLP, VGG, Architecture, ResNet20
from basinbench.runners.networks.evaluate import (
    Resident,
    Scores,
    ensemble,
    lambdas,
    line,
    log_probabilities,
    network_scores,
    score,
    weights,
)
from basinbench.runners.training.inputs import Normalised, normalised
from basinbench.runners.training.recipes import recipe
from basinbench.runners.training.train import train

NETWORKS = (MLP((32, 32)), VGG(8, 4, norm="batch"), ResNet20(0.25, norm="layer"))
SHORT = recipe("digits-short")


@cache
def samples(split: str = "train") -> Normalised:
    data = digits()
    return normalised(data, data.train if split == "train" else data.test, SHORT)


@cache
def trained(architecture: Architecture, seed: int, epochs: int = 1) -> Network:
    module = architecture.build((1, 8, 8), 10).eval()
    params = train(module, samples(), SHORT, seed, epochs=epochs)
    return Network(module, params, trace(module, torch.zeros(2, 1, 8, 8)))


def curve(
    a: Network, b: Network, method: Method | None = None, points: int = 9, maps: dict | None = None
) -> list[Scores]:
    problem = Problem((a, b), samples())
    merged = line(method or Identity(), problem, Alignment(({}, maps or {})))
    data = Resident.of(samples("test"), a.module)
    return [network_scores(a.module, merged(t), data) for t in lambdas(points)]


def reordered(network: Network, seed: int) -> tuple[Network, dict[str, Permutation]]:
    """The same function with all units in another order, and the maps that bring it back."""
    generator = torch.Generator().manual_seed(seed)
    maps = {
        group: Permutation(torch.randperm(units, generator=generator))
        for group, units in network.widths.items()
    }
    moved = network.symmetry.transport(network.params, maps)
    back = {group: m.inverse() for group, m in maps.items()}
    return Network(network.module, moved, network.symmetry), back


@pytest.mark.parametrize("architecture", NETWORKS, ids=lambda a: a.name)
def test_the_ends_of_a_line_are_the_networks_bit_by_bit(architecture: Architecture):
    a, b = trained(architecture, 0), trained(architecture, 1)
    data = Resident.of(samples("test"), a.module)
    path = curve(a, b)
    assert path[0] == network_scores(a.module, a.params, data)
    assert path[-1] == network_scores(b.module, b.params, data)
    assert path[4] != path[0]


@pytest.mark.parametrize("architecture", NETWORKS, ids=lambda a: a.name)
def test_a_curve_read_backwards_is_the_curve_of_the_swapped_pair(architecture: Architecture):
    a, b = trained(architecture, 0), trained(architecture, 1)
    there, back = curve(a, b), curve(b, a)
    for one, other in zip(there, reversed(back), strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-5)
        assert one.accuracy == pytest.approx(other.accuracy, abs=0.003)  # one tie in 355 images


@pytest.mark.parametrize("architecture", NETWORKS, ids=lambda a: a.name)
def test_a_network_merged_with_itself_gives_a_flat_curve(architecture: Architecture):
    a = trained(architecture, 0)
    losses = [s.loss for s in curve(a, a)]
    assert max(losses) - min(losses) < 1e-6 * losses[0]


@pytest.mark.parametrize("architecture", NETWORKS, ids=lambda a: a.name)
def test_units_out_of_order_make_a_barrier_and_in_order_none(architecture: Architecture):
    a = trained(architecture, 0, epochs=3)
    b, maps = reordered(a, seed=7)
    apart, together = curve(a, b), curve(a, b, maps=maps)
    flat = [s.loss for s in together]
    assert max(flat) - min(flat) < 1e-5 * flat[0]
    assert max(s.loss for s in apart) > 1.2 * apart[0].loss


def test_a_linear_model_has_no_barrier():
    a, b = (trained(MLP(()), seed) for seed in (0, 1))
    path = curve(a, b, points=25)
    assert a.widths == {}
    assert chord_barrier(lambdas(25), [s.loss for s in path]) < 1e-7
    # and the loss is strictly convex, so that the line lies above it
    assert path[12].loss < (path[0].loss + path[-1].loss) / 2


def test_the_ensemble_of_equal_networks_is_the_network():
    a = trained(MLP((32, 32)), 0)
    data = Resident.of(samples("test"), a.module)
    output = log_probabilities(a.module, a.params, data)
    one, many = score(output, data.labels), score(ensemble([output] * 3), data.labels)
    assert many.loss == pytest.approx(one.loss, rel=1e-6)
    assert many.accuracy == one.accuracy


def test_the_ensemble_averages_probabilities():
    outputs = [torch.tensor([[0.9, 0.1]]).log(), torch.tensor([[0.3, 0.7]]).log()]
    torch.testing.assert_close(ensemble(outputs).exp(), torch.tensor([[0.6, 0.4]]))
    # never worse than the mean of the networks' losses: -log is convex
    labels = torch.tensor([1])
    mean = sum(score(output, labels).loss for output in outputs) / 2
    assert score(ensemble(outputs), labels).loss < mean


def test_scores_are_those_of_evaluation_mode():
    a = trained(VGG(8, 4, norm="batch"), 0)
    data = Resident.of(samples("test"), a.module)
    expected = network_scores(a.module, a.params, data)
    a.module.train()
    assert network_scores(a.module, a.params, data) == expected


def test_batches_change_no_score():
    a = trained(VGG(8, 4, norm="batch"), 0)
    data = Resident.of(samples("test"), a.module)
    small = Resident(torch.cat(data.images).split(50), data.labels)
    found, expected = (network_scores(a.module, a.params, d) for d in (small, data))
    assert found.loss == pytest.approx(expected.loss, rel=1e-6)
    assert found.accuracy == expected.accuracy


def test_loss_accuracy_and_calibration_of_a_case_done_by_hand():
    probabilities = torch.tensor([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7], [0.05, 0.95]])
    labels = torch.tensor([0, 1, 1, 1])
    found = score(probabilities.log(), labels)
    expected = -torch.tensor([0.8, 0.4, 0.7, 0.95]).double().log().mean()
    assert found.loss == pytest.approx(float(expected), rel=1e-6)
    assert found.accuracy == 0.75
    # four images in four bins of width 1/15: |0.8-1|, |0.6-0|, |0.7-1|, |0.95-1|
    assert found.ece == pytest.approx((0.2 + 0.6 + 0.3 + 0.05) / 4, abs=1e-6)


def test_images_in_one_bin_are_judged_together():
    probabilities = torch.full((10, 2), 0.3)
    probabilities[:, 0] = 0.7
    labels = torch.tensor([0] * 7 + [1] * 3)
    assert score(probabilities.log(), labels).ece == pytest.approx(0, abs=1e-6)
    certain = torch.tensor([[1.0, 0.0]]).log().expand(4, 2)
    assert score(certain, torch.tensor([0, 0, 0, 1])).ece == pytest.approx(0.25)


def test_places_and_weights():
    assert lambdas(25)[::12] == (0, 0.5, 1)
    assert len(lambdas(25)) == 25
    assert weights(0.25, 2) == (0.75, 0.25)
    assert weights(0.5, 4) == (0.25,) * 4
    with pytest.raises(ValueError, match="no line"):
        weights(0.3, 3)


@dataclass(frozen=True)
class FirstHeavy(Identity):
    """A merge of its own, to see that it is used: the weights are squared."""

    name: ClassVar[str] = "first-heavy"

    def merge(self, problem: Problem, alignment: Alignment, weights: Sequence[float]) -> Params:
        del alignment
        squares = [w * w for w in weights]
        share: list[Tensor | float] = [w / sum(squares) for w in squares]
        return weighted_mean([n.params for n in problem.networks], [float(w) for w in share])


def test_a_method_may_merge_in_its_own_way():
    a, b = trained(MLP((32, 32)), 0), trained(MLP((32, 32)), 1)
    plain, own = curve(a, b, points=5), curve(a, b, FirstHeavy(), points=5)
    assert (own[0], own[2], own[4]) == (plain[0], plain[2], plain[4])
    assert own[1] != plain[1]
