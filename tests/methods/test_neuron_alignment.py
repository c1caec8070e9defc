"""Laws of neuron alignment by correlation."""

import live_networks
import pytest
import torch

from basinbench.methods.activation_matching import ActivationMatching
from basinbench.methods.base import Problem, Subset
from basinbench.methods.matching.activation_statistics import PairMoments
from basinbench.methods.neuron_alignment import NeuronAlignment
from basinbench.methods.symmetry.maps import Permutation

PLAIN = ["mlp", "mlp-bn", "vgg-plain", "vgg-bn"]


@pytest.mark.parametrize("name", PLAIN)
def test_without_residual_streams_it_is_activation_matching_by_pearson(name: str):
    problem = live_networks.problem(name)
    expected = ActivationMatching(statistic="pearson").align(problem).maps[1]
    assert NeuronAlignment().align(problem).maps[1] == expected


@pytest.mark.parametrize("name", [*PLAIN, "resnet-ln"])
def test_inner_products_are_equation_1_of_git_rebasin(name: str):
    problem = live_networks.problem(name)
    for when in ("before", "after"):
        expected = ActivationMatching(statistic="inner", when=when).align(problem).maps[1]
        assert NeuronAlignment("inner", when).align(problem).maps[1] == expected, when


@pytest.mark.parametrize("name", live_networks.ARCHITECTURES)
def test_planted_permutations_are_recovered(name: str):
    net = live_networks.network(name, 1)
    moved, maps = live_networks.shuffled(net)
    found = NeuronAlignment().align(Problem((net, moved), live_networks.samples())).maps[1]
    assert found == {group: m.inverse() for group, m in maps.items()}


def test_a_stream_is_matched_on_the_sum_of_its_blocks_correlations():
    problem = live_networks.problem("resnet-ln")
    alignment = live_networks.alignment(NeuronAlignment(), "resnet-ln")
    x = problem.training_data[torch.arange(192)][0]
    a, b = problem.networks
    assert a.symmetry.program is not None
    seen = [a.symmetry.program.seen(n.params, x) for n in (a, b)]
    streams = [group for group, taps in seen[0].items() if len(taps) > 1]
    assert streams
    reached = 0.0
    for group, found in alignment.maps[1].items():
        gain = torch.zeros(found.units, found.units, dtype=torch.float64)
        for one, two in zip(seen[0][group], seen[1][group], strict=True):
            both = torch.corrcoef(torch.cat([one, two]))
            gain += both[: found.units, found.units :].nan_to_num()
        assert isinstance(found, Permutation)
        reached += float(gain.gather(1, found.index[:, None]).sum())
    assert alignment.stats["objective"] == pytest.approx(reached, rel=1e-3)


def test_it_looks_at_the_first_images():
    problem = live_networks.problem("mlp")
    first = Problem(problem.networks, Subset(live_networks.samples(), torch.arange(50)))
    few = NeuronAlignment(samples=50).align(problem)
    assert few.maps[1] == NeuronAlignment(samples=None).align(first).maps[1]
    assert few.stats["samples"] == 50


def test_epsilon_is_added_to_the_deviation():
    moments = PairMoments()
    x = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
    moments.add({"g": x}, {"g": x})
    assert moments.similarity("g", "pearson", 1.0).item() == pytest.approx(1 / 4)
