"""PFNM and FedMA: their limits, what is exact when layers grow, and a run on real clients."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import live_networks
import pytest
import tiny
import torch
from chains import UNEQUAL, alone, of_widths
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from basinbench.datasets.splits import Dirichlet
from basinbench.methods.base import Network, Problem, Subset, transported, weighted_mean
from basinbench.methods.baselines import Identity
from basinbench.methods.fedma import FedMA
from basinbench.methods.matching.assignment import assign
from basinbench.methods.matching.chain import chain
from basinbench.methods.matching.forward_pass import best_match, forward_pass
from basinbench.methods.matching.matched_averaging import MatchedAveraging, class_shares
from basinbench.methods.pfnm import PFNM
from basinbench.methods.symmetry.maps import Map, Permutation
from basinbench.results.record import Record
from basinbench.results.store import RecordStore
from basinbench.runners.cells.merge import Cell
from basinbench.runners.execution.engine import Engine
from basinbench.runners.finishes import Nothing
from basinbench.runners.networks import MLP
from basinbench.runners.training.checkpoints import Endpoint
from basinbench.runners.training.recipes import recipe

ONE_TO_ONE: dict[str, Any] = {"gamma": 1e-100, "bias_mean": 0.0}
"""Nothing founds a new unit, and no prior mean but zero."""

UNSHARED: dict[str, Any] = {"gamma": 1e100, "sigma0": 1e100, "bias_mean": 0.0}
"""Every unit is a new one, and no weight shrinks."""

GREEDY = FedMA(epochs=0)
both = pytest.mark.parametrize("method", [PFNM(), GREEDY], ids=lambda m: m.name)
chained = pytest.mark.parametrize("name", ["mlp", "vgg-plain"])


unequal = pytest.mark.parametrize(
    "networks", [tuple(of_widths(*n) for n in v) for v in UNEQUAL.values()], ids=UNEQUAL
)


def composed(first: Map, second: Map) -> Permutation:
    """The second network's units in the order of the first network's own."""
    assert isinstance(first, Permutation)
    assert isinstance(second, Permutation)
    return second.after(first.inverse())


def number(record: Record, column: str) -> float:
    value = record[column]
    assert isinstance(value, float)
    return value


def images() -> Tensor:
    return live_networks.samples(16, seed=5)[:][0]


@chained
def test_without_retraining_fedma_is_greedy_forward_matching(name: str):
    a, b = live_networks.network(name, 1), live_networks.network(name, 2)
    found = replace(GREEDY, sigma0=1e12, **ONE_TO_ONE).align(alone(a, b))
    greedy = forward_pass((a.params, a.symmetry), (b.params, b.symmetry), best_match)
    first, second = found.maps
    assert {g: composed(first[g], second[g]) for g in greedy} == greedy
    assert found.stats["growth"] == 1
    moved = [
        net.symmetry.transport(net.params, m) for net, m in zip((a, b), found.maps, strict=True)
    ]
    torch.testing.assert_close(found.merged, weighted_mean(moved, (0.5, 0.5)))


def test_pfnm_of_one_layer_is_one_linear_assignment():
    a, b = of_widths("mlp", 30), Network(*_other("mlp", 30))
    found = PFNM(sigma0=1e12, **ONE_TO_ONE).align(alone(a, b))
    gains = a.symmetry.features(a.params, "hidden.0") @ b.symmetry.features(b.params, "hidden.0").T
    first, second = (maps["hidden.0"] for maps in found.maps)
    assert composed(first, second).index.tolist() == assign(gains).tolist()
    problem = alone(a, b)
    torch.testing.assert_close(found.merged, weighted_mean(transported(problem, found), (0.5, 0.5)))


def _other(kind: str, *widths: int) -> tuple:
    net = of_widths(kind, *widths)
    return net.module, live_networks.alive(net.module, 99), net.symmetry


@chained
def test_pfnm_matches_downwards_on_bias_and_outgoing_weights(name: str):
    """In the limit every layer is the assignment that is best given the layers above."""
    a, b = live_networks.network(name, 1), live_networks.network(name, 2)
    maps: dict = {}
    layers = chain(a.symmetry)
    for layer in reversed(layers):
        places = {layer.bias, layer.read} | ({layer.weight} if layer is layers[0] else set())
        x = a.symmetry.features(a.params, layer.group, where=places.__contains__)
        y = b.symmetry.features(b.params, layer.group, maps, where=places.__contains__)
        maps[layer.group] = best_match(x, y)
    first, second = PFNM(sweeps=0, **ONE_TO_ONE).align(alone(a, b)).maps
    assert all(m == Permutation.identity(m.size) for m in first.values())
    assert second == maps


@both
@pytest.mark.parametrize(("sigma", "sigma0", "bias"), [(1.0, 1.0, 0.1), (0.5, 2.0, -0.3)])
def test_means_shrink_towards_the_prior(
    method: MatchedAveraging, sigma: float, sigma0: float, bias: float
):
    problem = alone(*(live_networks.network("mlp", s) for s in (1, 2)))
    model = replace(method, sigma=sigma, sigma0=sigma0, bias_mean=bias, gamma=1e-100)
    found = model.align(problem)
    mean = weighted_mean(transported(problem, found), (0.5, 0.5))
    seen, prior = 2 / sigma, 1 / sigma0
    for name, merged in (found.merged or {}).items():
        head = name.startswith("head") and isinstance(method, FedMA)
        zero = bias if name.endswith("bias") else 0.0
        expected = (seen * mean[name] + prior * zero) / (seen + prior)
        torch.testing.assert_close(merged, mean[name] if head else expected)


@both
@chained
def test_planted_permutations_are_recovered(method: MatchedAveraging, name: str):
    net = live_networks.network(name, 1)
    problem = alone(net, live_networks.shuffled(net, 3)[0], live_networks.shuffled(net, 4)[0])
    found = replace(method, gamma=1e-6, sigma0=1e12).align(problem)
    assert found.stats["new_units"] == 0
    first, *others = transported(problem, found)
    for other in others:
        assert all(torch.equal(other[k], v) for k, v in first.items())
    assert found.merged is not None
    torch.testing.assert_close(net(images(), found.merged), net(images()))


@both
@unequal
def test_networks_that_share_no_unit_are_summed(
    method: MatchedAveraging, networks: tuple[Network, ...]
):
    """Side by side: PFNM keeps every head as it is, FedMA averages them."""
    problem = alone(*networks)
    found = replace(method, **UNSHARED).align(problem)
    assert found.merged is not None
    widths = [sum(net.widths[g] for net in networks) for g in networks[0].widths]
    assert [m.size for m in found.maps[0].values() if m] == (
        widths if isinstance(method, FedMA) else widths[::-1]
    )
    x = images()
    bias = [net.params[next(k for k in reversed(net.params) if "bias" in k)] for net in networks]
    scale = len(networks) if isinstance(method, FedMA) else 1
    total = sum(net(x) - b for net, b in zip(networks, bias, strict=True)) / scale
    torch.testing.assert_close(networks[0](x, found.merged), total + sum(bias) / len(bias))
    most = sum(max(net.widths[g] for net in networks) for g in networks[0].widths)
    assert found.stats["growth"] == sum(widths) / most
    assert found.stats["new_units"] == sum(widths) - most


@unequal
def test_heads_are_weighted_by_the_classes_that_networks_have_seen(networks: tuple[Network, ...]):
    draw = torch.Generator().manual_seed(0)
    per_network_data = tuple(
        TensorDataset(
            live_networks.samples(40)[:][0],
            torch.randint(live_networks.CLASSES - j - 1, (40,), generator=draw),
        )
        for j in range(len(networks))
    )
    problem = Problem(networks, per_network_data=per_network_data)
    counts = torch.stack(
        [s[:][1].bincount(minlength=live_networks.CLASSES) for s in per_network_data]
    ).double()
    known = counts.sum(0) > 0
    expected = torch.where(known, counts / counts.sum(0), 1 / len(per_network_data))
    torch.testing.assert_close(class_shares(problem, live_networks.CLASSES), expected)
    found = replace(GREEDY, **UNSHARED).align(problem)
    x = images()
    logits = sum(w * net(x) for w, net in zip(expected, networks, strict=True))
    torch.testing.assert_close(networks[0](x, found.merged), logits)


class LabelsAlone:
    """Samples whose images are not to be looked at."""

    labels = torch.tensor([0, 0, 1, 2])

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor) -> tuple[Tensor, ...]:
        raise AssertionError("no image is needed to count labels")


def test_labels_are_counted_without_the_images():
    a, b = of_widths("mlp", 6, 8), of_widths("mlp", 9, 5)
    part = Subset(LabelsAlone(), torch.tensor([1, 3]))
    found = class_shares(Problem((a, b), per_network_data=(LabelsAlone(), part)), 4)
    expected = [[2 / 3, 1, 0.5, 0.5], [1 / 3, 0, 0.5, 0.5]]
    torch.testing.assert_close(found, torch.tensor(expected).double())


def test_pfnm_trusts_a_network_on_the_classes_that_it_has():
    """A unit that all have in common: its outgoing weights are means by the classes' shares."""
    a = of_widths("mlp", 6, 8)
    b = replace(a, params=a.params | {"head.weight": 1.2 * a.params["head.weight"]})
    x, half = live_networks.samples(40)[:][0], live_networks.CLASSES // 2
    per_network_data = tuple(
        TensorDataset(x, label + torch.arange(40) % half) for label in (0, half)
    )
    found = PFNM(sigma0=1e12, gamma=1e-100, sweeps=0).align(
        Problem((a, b), per_network_data=per_network_data)
    )
    assert found.merged is not None
    expected = torch.cat(
        [
            n.params["head.weight"][part]
            for n, part in ((a, slice(half)), (b, slice(half, 2 * half)))
        ]
    )
    torch.testing.assert_close(found.merged["head.weight"][: 2 * half], expected)


def test_retraining_leaves_what_has_been_matched():
    problem = live_networks.problem("mlp", (1, 2, 3))
    before, after = (
        FedMA(epochs=epochs, batch=16, learning_rate=0.05).align(problem).merged
        for epochs in (0, 1)
    )
    assert before is not None
    assert after is not None
    first = [k for k in before if k.startswith("hidden.0")]
    assert len(first) == 2
    assert all(torch.equal(before[k], after[k]) for k in first)
    assert not any(
        before[k].shape == after[k].shape and torch.equal(before[k], after[k])
        for k in before.keys() - set(first)
    )


def test_the_head_alone_is_retrained_last_at_a_tenth_of_the_rate():
    """Three steps of gradient descent, written here once more; one hidden layer, whole batches."""
    networks = (of_widths("mlp", 6), Network(*_other("mlp", 6)))
    per_network_data = tuple(live_networks.samples(30, seed) for seed in (1, 2))
    problem = Problem(networks, per_network_data=per_network_data)
    model = FedMA(batch=30, learning_rate=0.5, momentum=0.0, sweeps=0, **ONE_TO_ONE)
    before, after = (replace(model, epochs=e).align(problem) for e in (0, 1))
    assert before.merged is not None
    assert after.merged is not None
    expected = []
    for net, maps, share in zip(networks, before.maps, per_network_data, strict=True):
        own = net.symmetry.transport(net.params, maps)
        head = {k: own[k].clone().requires_grad_() for k in ("head.weight", "head.bias")}
        x, y = share[:]
        for _ in range(3):
            loss = nn.functional.cross_entropy(net(x, before.merged | head), y)
            steps = torch.autograd.grad(loss, tuple(head.values()))
            head = {
                k: (v - 0.05 * g).detach().requires_grad_()
                for (k, v), g in zip(head.items(), steps, strict=True)
            }
        expected.append(head)
    by_class = class_shares(problem, live_networks.CLASSES)
    weights = torch.stack(list(by_class))
    bias = torch.stack([head["head.bias"].detach() for head in expected])
    torch.testing.assert_close(after.merged["head.bias"], (weights * bias).sum(0))
    rows = torch.stack([head["head.weight"].detach() for head in expected])
    torch.testing.assert_close(after.merged["head.weight"], (weights[..., None] * rows).sum(0))


def test_only_retraining_needs_data():
    problem = alone(live_networks.network("mlp", 1), live_networks.network("mlp", 2))
    assert GREEDY.skip(problem) is None
    assert PFNM().skip(problem) is None
    assert "own training data" in (FedMA().skip(problem) or "")


def test_clients_of_a_dirichlet_split_are_merged_by_the_engine(tmp_path: Path):
    short = replace(recipe("pfnm-mnist-mlp"), epochs=5)
    split = Dirichlet(seed=1)
    ends = tuple(Endpoint(MLP((32,)), "digits", short, s, split, s, 3) for s in range(3))
    methods = (Identity(), PFNM(), FedMA(epochs=2))
    cells = [Cell(ends, method, Nothing(), points=3) for method in methods]
    tally = Engine(tmp_path, tiny.CPU).run(cells)
    assert (tally.done, tally.failures) == (3, [])
    plain, pfnm, fedma = (RecordStore(tmp_path).read(cell.key) for cell in cells)
    assert plain
    for found in (pfnm, fedma):
        assert found
        assert found["permutation"] is False
        assert '"new_units"' in str(found["stats"])
        assert number(found, "test_accuracy_mid") > number(plain, "test_accuracy_mid")
        assert number(found, "test_accuracy_mid") > number(found, "test_accuracy_mean")
