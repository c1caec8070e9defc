"""A tuple and a dictionary of the same arguments are one input, whatever their order."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import basinbench as bb
from basinbench.errors import UserError
from basinbench.methods.modules.forms import Inputs
from basinbench.methods.tracing.trace import trace

DRAW = torch.Generator().manual_seed(0)
Q, C = torch.randn(30, 6, generator=DRAW), 5 * torch.randn(30, 6, generator=DRAW) + 2

FORMS: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "tuple": lambda q, c: (q, c),
    "list": lambda q, c: [q, c],
    "keywords": lambda q, c: {"q": q, "c": c},
    "keywords in another order": lambda q, c: {"c": c, "q": q},
    "mixture": lambda q, c: Inputs((q,), {"c": c}),
}
PAIRS = [pytest.param(a, b, id=f"{a}, {b}") for a, b in product(FORMS, FORMS)]


class Matching(nn.Module):
    """Two inputs of one shape that are not the same thing, named against the alphabet."""

    def __init__(self, seed: int = 0):
        super().__init__()
        torch.manual_seed(seed)
        self.a, self.b, self.o = nn.Linear(6, 9), nn.Linear(6, 9), nn.Linear(9, 3)

    def forward(self, q: Tensor, c: Tensor, scale: float = 1.0) -> Tensor:
        return self.o(torch.relu(3 * self.a(q) * scale) + torch.relu(self.b(c) - 0.2))


@pytest.mark.parametrize(("traced", "shown"), PAIRS)
def test_activations_are_those_of_the_arguments_names(traced: str, shown: str):
    net = Matching()
    symmetry = trace(net, FORMS[traced](Q[:2], C[:2]))
    params = {name: value.detach() for name, value in net.state_dict().items()}
    (seen,) = symmetry.activations(params, FORMS[shown](Q, C), "before").values()
    expected = torch.cat([3 * net.a(Q), net.b(C) - 0.2]).T
    torch.testing.assert_close(seen, expected.detach())


METHODS_WITH_DATA = ("activation-matching", "zipit", "straight-through", "cca")


@pytest.mark.parametrize("method", METHODS_WITH_DATA)
def test_methods_find_the_same_in_every_form(method: str):
    labels = torch.arange(30) % 3
    found = [
        bb.align(
            *(bb.network(Matching(seed), example=FORMS[traced](Q[:2], C[:2])) for seed in (0, 1)),
            method=method,
            samples=(FORMS[shown](Q, C), labels),
        ).merge()
        for traced, shown in (("tuple", "keywords"), ("keywords", "tuple"), ("tuple", "tuple"))
    ]
    for other in found[:2]:
        for name, value in found[2].items():
            assert torch.equal(other[name], value), name


def test_networks_traced_in_two_forms_are_one_form():
    first = bb.network(Matching(0), example=(Q[:2], C[:2]))
    second = bb.network(Matching(1), example={"c": C[:2], "q": Q[:2]})
    assert bb.align(first, second).maps[1]


def test_what_is_no_tensor_counts_as_well():
    net = Matching()
    symmetry = trace(net, {"q": Q[:2], "c": C[:2], "scale": 1.0})
    params = {name: value.detach() for name, value in net.state_dict().items()}
    for scale in (1.0, 2.0, -1.0):
        given = {"q": Q, "c": C, "scale": scale}
        (seen,) = symmetry.activations(params, given, "before").values()
        expected = torch.cat([3 * scale * net.a(Q), net.b(C) - 0.2]).T
        torch.testing.assert_close(seen, expected.detach())


class Summing(nn.Module):
    """One argument that is itself a dictionary."""

    def __init__(self):
        super().__init__()
        self.a, self.o = nn.Linear(12, 9), nn.Linear(9, 3)

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        return self.o(self.a(torch.cat(list(batch.values()), 1)).relu())


def test_a_dictionary_that_is_one_argument_is_taken_as_it_is():
    net = Summing()
    symmetry = trace(net, Inputs(({"q": Q[:2], "c": C[:2]},)))
    params = {name: value.detach() for name, value in net.state_dict().items()}
    for batch in ({"q": Q, "c": C}, {"c": C, "q": Q}):
        (seen,) = symmetry.activations(params, Inputs((batch,)), "before").values()
        expected = net.a(torch.cat(list(batch.values()), 1)).T
        torch.testing.assert_close(seen, expected.detach())


@pytest.mark.parametrize("method", ["weight-matching", "activation-matching", "identity"])
def test_a_wrong_name_is_one_sentence(method: str):
    pair = [bb.network(Matching(seed), example=(Q[:2], C[:2])) for seed in (0, 1)]
    wrong = ({"q": Q, "x": C}, torch.arange(30) % 3)
    match = r"the inputs do not fit Matching\.forward.*'c'"
    with pytest.raises(UserError, match=match):
        bb.align(*pair, method=method, samples=wrong)
    with pytest.raises(UserError, match=match):
        bb.line(*pair, method="identity", data=wrong)
    with pytest.raises(UserError, match=match):
        pair[0]({"q": Q, "x": C})
