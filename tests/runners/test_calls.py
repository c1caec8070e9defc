"""Networks of a user's own in one call each: the numbers of the long way, or one sentence."""

from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

import basinbench as bb
from basinbench.methods import Identity, Parent, WeightMatching

DRAW = torch.Generator().manual_seed(0)
X = torch.randn(60, 4, generator=DRAW)
Y = torch.arange(60) % 3


def mlp(seed: int, classes: int = 3) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, classes))


@pytest.fixture(scope="module")
def pair() -> tuple[bb.Network, bb.Network]:
    first, second = (bb.network(mlp(seed), example=X) for seed in (0, 1))
    return first, second


def test_align_gives_networks_that_compute_what_they_did(pair):
    aligned = bb.align(*pair, method="weight-matching(order=widest)")
    assert aligned.method == WeightMatching(order="widest")
    assert aligned.stats["sweeps"] >= 1
    assert aligned.maps[1].keys() == {"0"}
    for network, params in zip(pair, aligned.networks, strict=True):
        save(params)
        torch.testing.assert_close(pair[0](X, params), network(X))


def test_merge_is_that_of_the_method(pair):
    method = WeightMatching(order="forward")
    problem = bb.Problem(pair)
    expected = method.merge(problem, method.align(problem), [0.3, 0.7])
    found = bb.merge(*pair, method=method, weights=[0.3, 0.7])
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    three = bb.merge(*pair, pair[0], method="identity")
    mean = (2 * pair[0].params["0.bias"] + pair[1].params["0.bias"]) / 3
    torch.testing.assert_close(three["0.bias"], mean)


def test_line_has_the_loss_of_each_mean_and_both_barriers(pair):
    found = bb.line(*pair, method=Identity(), data=(X, Y), points=5)
    assert found.lambdas == (0, 0.25, 0.5, 0.75, 1)
    for t, loss, accuracy in zip(found.lambdas, found.losses, found.accuracies, strict=True):
        params = {n: (1 - t) * v + t * pair[1].params[n] for n, v in pair[0].params.items()}
        logits = pair[0](X, params)
        assert loss == pytest.approx(float(F.cross_entropy(logits, Y)), rel=1e-5)
        assert accuracy == pytest.approx(float((logits.argmax(1) == Y).double().mean()))
    first, *_, last = found.losses
    rises = [
        loss - (1 - t) * first - t * last
        for t, loss in zip(found.lambdas, found.losses, strict=True)
    ]
    assert found.barriers.chord_loss == pytest.approx(max(rises), abs=1e-6)
    assert found.barriers.mean_loss == pytest.approx(max(found.losses) - (first + last) / 2)


def test_methods_that_look_at_data_get_them(pair):
    by_loader = bb.align(
        *pair,
        method="activation-matching",
        samples=torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), 7, shuffle=True),
    )
    by_tensors = bb.align(*pair, method="activation-matching", samples=X)
    assert by_loader.maps == by_tensors.maps
    with pytest.raises(bb.UserError, match="needs training data"):
        bb.align(*pair, method="activation-matching")
    with pytest.raises(bb.UserError, match="needs labels, and the training data are inputs alone"):
        bb.align(*pair, method="annealing(steps=2)", samples=X)


class Scaled(nn.Module):
    """Logits in a dictionary, from two inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.body = mlp(3)

    def forward(self, x: Tensor, scale: Tensor) -> dict[str, Tensor]:
        return {"features": x, "scores": self.body(x) * scale}


def test_networks_of_several_inputs_are_measured_by_what_output_says():
    example = {"x": X, "scale": torch.ones(60, 1)}
    nets = tuple(bb.network(Scaled(), example=example, output="scores") for _ in range(2))
    found = bb.line(*nets, data=(example, Y), samples=(example, Y), points=3)
    assert found.losses[0] == pytest.approx(float(F.cross_entropy(nets[0](example), Y)), rel=1e-5)


def test_probabilities_are_no_logits(pair):
    """The loss of a softmax's softmax is refused; that of its logarithm is the logits'."""
    ends = [nn.Sequential(*mlp(seed), nn.Softmax(dim=1)) for seed in (0, 1)]
    nets = [bb.network(module, example=X) for module in ends]
    with pytest.raises(bb.UserError, match=r"gives probabilities.* output=lambda p: p\.log\(\)"):
        bb.line(*nets, data=(X, Y), points=3, method="identity")
    logs = [bb.network(module, example=X, output=lambda p: p.log()) for module in ends]
    found = bb.line(*logs, data=(X, Y), points=3, method="identity")
    wanted = bb.line(*pair, data=(X, Y), points=3, method="identity")
    assert found.losses == pytest.approx(wanted.losses, rel=1e-5)


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "method": ({"method": "weight-matchin"}, "did you mean 'weight-matching'"),
    "parameter": ({"method": "weight-matching(order=wides)"}, "widest"),
    "several": ({"method": "weight-matching(order=[widest, forward])"}, "one method is due, not 2"),
    "no method": ({"method": 3}, "a method is a name or a Method, not 3"),
    "points": ({"points": 1}, "a line has at least two points, not 1"),
    "classes": ({"data": (X, Y + 1)}, "the label 3 is none of the network's 3 classes"),
    "no labels": ({"data": X}, "is measured on labelled data"),
    "no data": ({"data": (X[:0], Y[:0])}, "there are none"),
    "no line": ({"method": Parent()}, "parent gives one merge, and no line"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_line_is_one_sentence(fault: str, pair):
    options, sentence = FAULTS[fault]
    with pytest.raises(bb.UserError, match=sentence):
        bb.line(*pair, **{"data": (X, Y), "points": 3} | options)


def test_one_network_or_unlike_ones_are_one_sentence(pair):
    with pytest.raises(bb.UserError, match="at least two networks, not 1"):
        bb.align(pair[0])
    other = bb.network(mlp(2, 5), example=X)
    with pytest.raises(bb.UserError, match=r"'2.weight' has the shapes"):
        bb.merge(pair[0], other)
    with pytest.raises(bb.UserError, match="a label of the data is none of the network's 3"):
        bb.align(*pair, method="annealing(steps=2)", samples=(X, Y + 1))
    flat = [bb.network(nn.Sequential(*mlp(s, 1), nn.Flatten(0)), example=X) for s in (0, 1)]
    with pytest.raises(bb.UserError, match=r"outputs of the shape \(60,\)"):
        bb.align(*flat, method="straight-through", samples=(X, Y))
    with pytest.raises(bb.UserError, match="gives the merge whole"):
        _ = bb.align(*pair, method="parent").networks
