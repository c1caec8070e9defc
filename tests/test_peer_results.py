"""What is said of other programs' answers: each law on an answer whose worth is known."""

import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch
from peer_results import fit, function_change, objective, recovered, reorders

from basinbench.methods.base import Network
from basinbench.methods.symmetry.maps import Permutation
from basinbench.methods.symmetry.reorderings import drawn
from basinbench.methods.weight_matching import weight_objective
from basinbench.runners.networks.alive import SHAPE, network

sys.path.append(str(Path(__file__).parent / "benchmarks" / "peers"))
programs = import_module("programs")

NAMES = ("mlp", "vgg-bn", "resnet-ln")
INPUTS = torch.randn(8, *SHAPE, generator=torch.Generator().manual_seed(3))


def moved(net: Network, seed: int = 5) -> dict[str, torch.Tensor]:
    maps = drawn(net.symmetry, torch.Generator().manual_seed(seed))
    return net.symmetry.transport(net.params, maps)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_in_another_order_is_one_and_computes_the_same(name: str):
    net = network(name, 1, torch.float32)
    assert reorders(net, net.params)
    assert reorders(net, moved(net))
    assert function_change(net, moved(net), INPUTS) < 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_one_weight_that_is_another_is_seen(name: str):
    net = network(name, 1, torch.float32)
    changed = {}
    for tensor in net.weights:
        changed = moved(net)
        changed[tensor] = changed[tensor].clone()
        changed[tensor].view(-1)[0] *= 1.01
        assert not reorders(net, changed), tensor
    assert function_change(net, changed, INPUTS) > 1e-6


def test_statistics_that_stay_behind_are_seen():
    net = network("vgg-bn", 1, torch.float32)
    statistics = {n: v for n, v in net.params.items() if "running" in n}
    left = moved(net) | statistics
    assert not reorders(net, left)
    assert function_change(net, left, INPUTS) > 1e-3


def test_an_order_that_only_one_side_of_a_layer_has_changes_the_function():
    net = network("mlp", 1, torch.float32)
    (group, size), *_ = net.widths.items()
    index = torch.arange(size).flip(0)
    broken = net.symmetry.transport(net.params, {group: Permutation(index)})
    broken["head.weight"] = net.params["head.weight"].flip(1)
    assert function_change(net, broken, INPUTS) > 1e-3
    assert not reorders(net, broken)


@pytest.mark.parametrize("name", NAMES)
def test_all_units_are_recovered_by_the_network_itself_and_few_by_another_order(name: str):
    net = network(name, 1, torch.float32)
    assert recovered(net, net.params) == 1
    assert recovered(net, moved(net)) < 0.3


def test_the_units_of_one_group_alone_are_counted():
    net = network("mlp", 1, torch.float32)
    (group, size), *_ = net.widths.items()
    index = torch.arange(size)
    index[:2] = torch.tensor([1, 0])
    swapped = net.symmetry.transport(net.params, {group: Permutation(index)})
    assert recovered(net, swapped) == pytest.approx(1 - 2 / sum(net.widths.values()))


def test_the_objective_is_that_of_weight_matching():
    a, b = (network("mlp", seed, torch.float32) for seed in (1, 2))
    assert objective(a, b.params) == weight_objective(a.weights, b.weights)


def test_an_answer_of_another_form_is_refused():
    net = network("mlp", 1, torch.float32)
    assert list(fit(net, dict(reversed(net.params.items())))) == list(net.params)
    name = next(iter(net.params))
    with pytest.raises(ValueError, match=name):
        fit(net, {n: v for n, v in net.params.items() if n != name})
    with pytest.raises(ValueError, match=f"another shape of {name}"):
        fit(net, net.params | {name: net.params[name][:1]})


def test_programs_have_names_of_their_own_and_a_script():
    names = [program.name for program in programs.PROGRAMS]
    assert len(set(names)) == len(names)
    folder = Path(__file__).parent / "benchmarks" / "peers"
    for program in programs.PROGRAMS:
        assert (folder / program.script).is_file()
        assert program.does in ("align", "average")
        assert (program.package == programs.PACKAGE) == (program.version == "")
