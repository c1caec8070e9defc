"""What is scored or written is of the networks' form; half precision is rounded at the way out."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import live_networks
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from basinbench import Alignment, Network, Problem, UserError, network
from basinbench.methods import Identity, methods
from basinbench.methods.networks.form import check_form
from basinbench.methods.networks.merged import unrounded
from basinbench.methods.plugins.validation import check_alignment
from basinbench.methods.symmetry.axes import Params
from basinbench.runners.networks.evaluate import line

X = torch.randn(6, 8, generator=torch.Generator().manual_seed(0))


class Tied(nn.Module):
    """Two layers of one weight, and a norm."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Linear(8, 8), nn.BatchNorm1d(8)
        self.second, self.head = nn.Linear(8, 8), nn.Linear(8, 3)
        self.second.weight = self.first.weight

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.norm(self.first(x)).relu()
        return self.head(x + self.second(x).relu())


def tied(seed: int) -> Network:
    torch.manual_seed(seed)
    return network(Tied(), example=X)


FAULTS: dict[str, tuple[Callable[[Params], Any], str]] = {
    "nothing": (lambda _: {}, "lack 'first.bias' and 10 more"),
    "a tensor less": (lambda p: {n: v for n, v in p.items() if n != "head.bias"}, "'head.bias'"),
    "one more": (lambda p: p | {"tail": p["head.bias"]}, "have no parameter 'tail'"),
    "another shape": (lambda p: p | {"head.bias": torch.zeros(4)}, r"shape \(4,\), where \(3,\)"),
    "a list": (lambda p: p | {"head.bias": [0.0] * 3}, "is a list, not a tensor"),
    "whole numbers": (lambda p: p | {"head.bias": p["head.bias"].long()}, "is int64, where float3"),
    "a counter of floats": (
        lambda p: p | {"norm.num_batches_tracked": torch.zeros(())},
        "is float32, where int64 would fit",
    ),
    "one name changed": (
        lambda p: p | {"second.weight": 2 * p["second.weight"]},
        "'first.weight' and 'second.weight' have different numbers, and are one tensor",
    ),
    "no dictionary": (lambda p: list(p.values()), "are a list, not a dictionary of tensors"),
}


@dataclass(frozen=True)
class Faulty(Identity):
    """Merges in its own way, which is wrong."""

    fault: str = "nothing"

    name: ClassVar[str] = "faulty"

    def merge(self, problem: Problem, alignment: Alignment, weights: Sequence[float]) -> Params:
        return FAULTS[self.fault][0](super().merge(problem, alignment, weights))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_merge_of_another_form_is_refused_in_a_sentence(fault: str):
    own, sentence = tied(0), FAULTS[fault][1]
    with pytest.raises(UserError, match=sentence):
        check_form(own, FAULTS[fault][0](own.params))
    problem, method = Problem((own, tied(1))), Faulty(fault)
    alignment = method.align(problem)
    for merge in (method.merge, lambda *_: line(method, problem, alignment)(0.5)):
        with pytest.raises(UserError, match=sentence):
            merge(problem, alignment, (0.5, 0.5))


def test_what_has_diverged_is_of_the_form():
    own = tied(0)
    nothing = {n: v * torch.nan if v.is_floating_point() else v for n, v in own.params.items()}
    check_form(own, nothing)


@pytest.mark.parametrize("name", ["head.bias", "first.weight", "norm.running_mean"])
def test_a_call_without_a_tensor_is_no_call_with_the_modules_own(name: str):
    own = tied(0)
    with pytest.raises(UserError, match=f"the parameters lack '{name}' of Tied"):
        own(X, {n: v for n, v in own.params.items() if n != name})


def in_half(problem: Problem) -> tuple[Problem, Problem]:
    """The problem with networks stored in bfloat16, and with the same numbers in float32."""
    found = []
    for convert in (lambda v: v.bfloat16(), lambda v: v.bfloat16().float()):
        nets = (
            Network(
                deepcopy(n.module).float(),
                {k: convert(v) if v.is_floating_point() else v for k, v in n.params.items()},
                n.symmetry,
            )
            for n in problem.networks
        )
        whole = problem.training_data[torch.arange(96)]
        samples = TensorDataset(whole[0].float(), whole[1])
        found.append(Problem(tuple(nets), samples, problem.seed, (samples,) * 2, samples))
    return found[0], found[1]


class Searching(Identity):
    """As CCA does, it looks at merges before it decides."""

    name: ClassVar[str] = "searching"

    def align(self, problem: Problem) -> Alignment:
        equal = (0.5, 0.5)
        return Alignment(({}, {}), merged=self.merge(problem, Alignment(({}, {})), equal))


class Doubling(Identity):
    """Its merge calls another's."""

    name: ClassVar[str] = "doubling"

    def merge(self, problem: Problem, alignment: Alignment, weights: Sequence[float]) -> Params:
        found = super().merge(problem, alignment, weights)
        return {n: v / 3 if v.is_floating_point() else v for n, v in found.items()}


@pytest.mark.parametrize("name", [*methods(), "searching", "doubling"])
@pytest.mark.parametrize("form", ["mlp", "mlp-bn"])
def test_merges_of_half_precision_are_scored_in_full_and_rounded_at_the_way_out(
    name: str, form: str
):
    method = {"searching": Searching, "doubling": Doubling, **methods()}[name]()
    half, full = in_half(live_networks.problem(form))
    if method.skip(full):
        pytest.skip("does not apply")
    a, b = method.align(half), method.align(full)
    places = (0.5,) if a.merged is not None else (0.25, 0.5)
    for t in places:
        scored, expected = line(method, half, a)(t), line(method, full, b)(t)
        given = method.merge(half, a, (1 - t, t))
        for each, value in expected.items():
            assert scored[each].dtype == value.dtype
            assert torch.equal(scored[each], value), each
            if value.is_floating_point():
                assert torch.equal(given[each], value.bfloat16()), each
    assert unrounded(full) is full
    assert {k: v.dtype for k, v in unrounded(half).networks[0].params.items()} == {
        k: v.dtype for k, v in full.networks[0].params.items()
    }


def test_integers_of_a_mean_are_the_first_networks():
    nets = tuple(
        replace(n, params=n.params | {"norm.num_batches_tracked": torch.tensor(i)})
        for i, n in enumerate(map(tied, range(3)))
    )
    problem, method = Problem(nets), Identity()
    for weights, count in (
        ((0, 0.5, 0.5), 0),
        ((1 / 3, 1 / 3, 1 / 3), 0),
        ((0.5, 0.5, 0), 0),
        ((0, 0, 1), 2),
        ((0, 1, 0), 1),
    ):
        merged = method.merge(problem, method.align(problem), weights)
        assert merged["norm.num_batches_tracked"] == count


def test_a_merge_that_is_given_whole_may_be_of_any_precision():
    nets = tied(0), tied(1)
    merged = {n: v.double() if v.is_floating_point() else v for n, v in nets[0].params.items()}

    method, whole = Identity(), Alignment(({}, {}), merged=merged)
    check_alignment(Problem(nets), whole)
    found = method.merge(Problem(nets), whole, (0.5, 0.5))
    assert {v.dtype for v in found.values() if v.is_floating_point()} == {torch.float32}
