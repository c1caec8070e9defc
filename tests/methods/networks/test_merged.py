"""What networks cannot meet says so, and what leaves owns its memory and can be saved."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from basinbench import Alignment, Network, Problem, UserError, network, trace
from basinbench.methods import Identity, WeightMatching
from basinbench.methods.networks.merged import checked_weights

X = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))


def mlp(seed: int = 0, classes: int = 3, bias: bool = True) -> nn.Sequential:
    torch.manual_seed(seed)
    layers = (nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, classes, bias=bias))
    return nn.Sequential(*layers).eval()


def net(module: nn.Module) -> Network:
    return network(module, example=X)


WEIGHTS: dict[str, tuple[Any, str]] = {
    "one": ([1.0], "1 weights do not fit 2 networks"),
    "three": ([0.2, 0.3, 0.5], "3 weights do not fit 2 networks"),
    "more than one": ([0.1, 1.0], "must add up to 1, and 0.1, 1 add up to 1.1"),
    "nothing": ([0.0, 0.0], "must add up to 1"),
    "percentages": ([50, 50], "must add up to 1"),
    "NaN": ([float("nan"), 1.0], "must be finite"),
    "infinite": ([float("inf"), float("-inf")], "must be finite"),
    "words": (["a", "b"], "are one number a network"),
    "a number": (0.5, "are one number a network"),
}


@pytest.mark.parametrize("fault", WEIGHTS)
def test_weights_that_make_no_mean(fault: str):
    weights, sentence = WEIGHTS[fault]
    problem = Problem((net(mlp(0)), net(mlp(1))))
    with pytest.raises(UserError, match=sentence):
        Identity().merge(problem, Identity().align(problem), weights)


def test_weights_that_make_one():
    thirds = torch.full((3,), 1 / 3)
    assert checked_weights(thirds, 3) == tuple(thirds.tolist())
    assert checked_weights((1.5, -0.5), 2) == (1.5, -0.5), "beyond the ends of the line"


@pytest.mark.parametrize("weights", [(1, 0), (0, 1), (0.5, 0.5)])
def test_a_merge_is_nobody_elses_memory(weights: Sequence[float]):
    modules = mlp(0), mlp(1)
    before = [{n: v.clone() for n, v in m.state_dict().items()} for m in modules]
    problem = Problem(tuple(map(net, modules)))
    whole = Alignment(({}, {}), merged=problem.networks[0].params)
    for alignment in (Identity().align(problem), whole):
        if alignment is whole and weights != (0.5, 0.5):
            continue
        merged = Identity().merge(problem, alignment, weights)
        for value in merged.values():
            value.zero_()
    for module, values in zip(modules, before, strict=True):
        assert all(torch.equal(v, values[n]) for n, v in module.state_dict().items())


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.mix = nn.Embedding(11, 6), nn.Linear(6, 6)
        self.head = nn.Linear(6, 11, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.mix(self.embed(x)).relu())


def test_a_merge_of_tied_networks_is_saved_under_both_names(tmp_path: Path):
    ids = torch.tensor([[1, 2, 3]])
    nets = tuple(network(Tied(), example=ids) for _ in range(2))
    problem, method = Problem(nets), WeightMatching()
    merged = method.merge(problem, method.align(problem), [0.5, 0.5])
    save_file(merged, tmp_path / "merged.safetensors")
    found = load_file(tmp_path / "merged.safetensors")
    assert torch.equal(found["head.weight"], found["embed.weight"])
    own = Tied()
    own.load_state_dict(found)
    torch.testing.assert_close(nets[0](ids, merged), own(ids))


PRECISIONS = {
    "half": (torch.float16, torch.float16),
    "bfloat16": (torch.bfloat16, torch.bfloat16),
    "one half": (torch.float32, torch.float16),
    "the other half": (torch.float16, torch.float32),
    "one double": (torch.float32, torch.float64),
    "the other double": (torch.float64, torch.float32),
    "half and double": (torch.float16, torch.float64),
}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_merge_comes_in_the_types_of_the_first_network(precision: str):
    first, second = PRECISIONS[precision]
    exact = Problem((net(mlp(0).double()), net(mlp(1).double())))
    problem = Problem((net(mlp(0).to(first)), net(mlp(1).to(second))))
    method = WeightMatching(order="forward")
    merged = method.merge(problem, method.align(problem), [0.5, 0.5])
    floats = {v.dtype for v in merged.values() if v.is_floating_point()}
    assert floats == {first}
    assert merged["1.num_batches_tracked"].dtype == torch.int64
    expected = method.merge(exact, method.align(exact), [0.5, 0.5])
    for name, value in merged.items():
        torch.testing.assert_close(value.double(), expected[name].double(), rtol=2e-2, atol=2e-2)
    assert problem.networks[0](X, merged).isfinite().all()


def test_a_number_too_large_for_the_type_it_came_in():
    problem = Problem((net(mlp(0).half()), net(mlp(1).half())))
    large = {
        n: v * 1e6 if v.is_floating_point() else v for n, v in problem.networks[0].params.items()
    }
    with pytest.raises(UserError, match=r"is too large for float16"):
        Identity().merge(problem, Alignment(({}, {}), merged=large), [0.5, 0.5])


UNLIKE: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "head": (lambda: mlp(1, 5), r"'3.weight' has the shapes \(3, 6\) and \(5, 6\); exclude='3'"),
    "bias": (lambda: mlp(1, bias=False), "only some have the parameter '3.bias'"),
}


@pytest.mark.parametrize("method", [Identity(), WeightMatching()])
@pytest.mark.parametrize("unlike", UNLIKE)
def test_what_does_not_fit_between_networks_is_said_by_skip_and_by_align(unlike: str, method):
    other, sentence = UNLIKE[unlike]
    problem = Problem((net(mlp(0)), net(other())))
    reason = method.skip(problem)
    assert reason is not None
    with pytest.raises(UserError, match=sentence) as error:
        method.align(problem)
    assert str(error.value) == reason


def test_a_problem_is_of_networks_on_one_device():
    own = net(mlp())
    for networks, sentence in {
        (): "a problem needs networks",
        (own, mlp()): "network 1 is Sequential: make it with basinbench.network",
    }.items():
        with pytest.raises(UserError, match=sentence):
            Problem(networks)  # type: ignore[arg-type]
    for odd in (own, 3):
        with pytest.raises(UserError, match="give a tuple of them"):
            Problem(odd)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="the seed is a whole number, not 0"):
        Problem((own, own), seed=0.25)  # type: ignore[arg-type]


def test_excluded_heads_stay_each_networks_own():
    first, second = mlp(0, 8), mlp(1, 2)
    problem = Problem(tuple(network(m, example=X, exclude="3") for m in (first, second)))
    for method in (Identity(), WeightMatching()):
        assert method.skip(problem) is None
        alignment = method.align(problem)
        for weights in ((0.5, 0.5), (0, 1), (1, 0)):
            merged = method.merge(problem, alignment, weights)
            assert torch.equal(merged["3.weight"], first.state_dict()["3.weight"])
            assert problem.networks[0](X, merged).shape == (5, 8)
    moved = problem.networks[1].symmetry.transport(problem.networks[1].params, alignment.maps[1])
    torch.testing.assert_close(problem.networks[1](X, moved), second(X))
    assert not torch.equal(moved["3.weight"], second.state_dict()["3.weight"]), "the head follows"


def test_matching_does_not_look_at_what_is_excluded():
    first, second = mlp(0, 8), mlp(1, 8)
    symmetry = trace(first, X)
    method = WeightMatching(order="forward")

    def found(exclude: Sequence[str]) -> Tensor:
        nets = (network(m, example=X, exclude=exclude) for m in (first, second))
        return method.align(Problem(tuple(nets))).maps[1]["0"].index  # type: ignore[attr-defined]

    kept = found(["3"])
    with torch.no_grad():
        second[3].weight.mul_(1000).add_(first[3].weight.flip(1))  # type: ignore[operator, union-attr]
    assert torch.equal(found(["3"]), kept)
    assert not torch.equal(found([]), kept)
    assert symmetry.excluded == frozenset()
