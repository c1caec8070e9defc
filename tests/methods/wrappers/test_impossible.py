"""A method says what it cannot solve, and `align` refuses it with that sentence."""

from dataclasses import dataclass, replace
from typing import ClassVar

import live_networks
import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from basinbench.errors import UserError
from basinbench.methods.base import Alignment, Method, Network, Problem
from basinbench.methods.plugins.catalogue import built_in
from basinbench.methods.plugins.function import method
from basinbench.methods.symmetry.axes import Axis, Factor, Symmetry
from basinbench.methods.tracing.trace import trace

NEEDS_NO_GROUPS = {"identity", "parent"}


def data(*shape: int) -> TensorDataset:
    draw = torch.Generator().manual_seed(0)
    return TensorDataset(torch.randn(40, *shape, generator=draw), torch.arange(40) % 3)


def posed(*modules: nn.Module, symmetry: Symmetry | None = None) -> Problem:
    """Networks that read four numbers, with data of all of them and of each."""
    networks = tuple(
        Network(m, dict(m.state_dict()), symmetry or trace(m, torch.zeros(2, 4)))
        for m in (module.eval() for module in modules)
    )
    return Problem(networks, data(4), 0, (data(4),) * len(networks), data(4))


class Pinned(nn.Module):
    """Hidden units that sorting ties to their places."""

    def __init__(self):
        super().__init__()
        self.hidden, self.head = nn.Linear(4, 6), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weights = torch.linspace(0, 1, 6, device=x.device, dtype=x.dtype)
        return self.head(torch.relu(self.hidden(x)).cumsum(1) * weights)


def single() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 1), nn.Tanh(), nn.Linear(1, 3))


def by_hand() -> Symmetry:
    """The one hidden unit as a group of its own, which no trace would make of it."""
    unit, four, three = (Factor(n, g) for n, g in ((1, "unit"), (4, None), (3, None)))

    def axis(factor: Factor, reads: bool = False) -> Axis:
        return Axis(((factor,),), reads)

    return Symmetry(
        {
            "0.weight": (axis(unit), axis(four, True)),
            "0.bias": (axis(unit),),
            "2.weight": (axis(three), axis(unit, True)),
            "2.bias": (axis(three),),
        }
    )


WITHOUT = {
    "a linear network": lambda: posed(nn.Linear(4, 3), nn.Linear(4, 3)),
    "all units pinned": lambda: posed(Pinned(), Pinned()),
    "three of one unit": lambda: posed(single(), single(), single()),
    "groups of one unit": lambda: posed(single(), single(), symmetry=by_hand()),
}


@pytest.mark.parametrize("case", WITHOUT)
@pytest.mark.parametrize("name", built_in())
def test_where_there_is_nothing_to_match_no_method_averages_under_its_own_name(
    name: str, case: str
):
    problem, value = WITHOUT[case](), built_in()[name]()
    if name in NEEDS_NO_GROUPS:
        assert value.skip(problem) is None
        assert value.align(problem)
        return
    assert "has nothing to match" in str(value.skip(problem))
    refused(value, problem)


def refused(value: Method, problem: Problem) -> str:
    """The sentence, which is that of `skip`."""
    with pytest.raises(UserError) as error:
        value.align(problem)
    assert str(error.value) == value.skip(problem)
    return str(error.value)


def heads() -> Problem:
    def head(classes: int) -> nn.Module:
        return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, classes))

    return posed(head(3), head(3), head(3))


def unequal() -> Problem:
    def of(width: int) -> nn.Module:
        return nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 3))

    return posed(of(5), of(8))


IMPOSSIBLE = {
    "a network alone": lambda: posed(nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))),
    "unequal widths": unequal,
    "other depths": lambda: posed(
        nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)),
        nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 3)),
    ),
    "no data": lambda: replace(
        live_networks.problem("mlp"), samples=None, per_network_data=None, validation=None
    ),
    "running variances": lambda: live_networks.problem("mlp-bn"),
    "a residual stream": lambda: live_networks.problem("resnet-ln"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_align_refuses_what_skip_has_a_reason_against(case: str):
    problem = IMPOSSIBLE[case]()
    said = [
        refused(v, problem) for v in (form() for form in built_in().values()) if v.skip(problem)
    ]
    assert said
    assert all("\n" not in sentence for sentence in said)


@pytest.mark.parametrize("name", ["identity", "weight-matching", "otfusion-weights"])
def test_what_one_network_alone_leaves_to_itself_is_refused(name: str):
    """Whichever is the first: its part would be averaged with one that is not to be compared."""
    whole, part = heads().networks[:2]
    apart = replace(part, symmetry=replace(part.symmetry, excluded=frozenset({"2.weight"})))
    for pair in ((whole, apart), (apart, whole)):
        said = refused(built_in()[name](), Problem(pair))
        assert said.startswith("needs one exclude= for all networks: '2.weight' is left to itself")
    assert built_in()[name]().skip(Problem((apart, apart))) is None


@dataclass(frozen=True)
class Counted(Method):
    """A method of a plug-in that counts how often it is asked."""

    limit: int = 0
    name: ClassVar[str] = "counted"
    paper: ClassVar[str] = "none"
    asked: ClassVar[list[int]] = []

    def skip(self, problem: Problem) -> str | None:
        self.asked.append(self.limit)
        return super().skip(problem) or ("is past its limit" if self.limit else None)

    def align(self, problem: Problem) -> Alignment:
        return Alignment(tuple({} for _ in problem.networks))


def test_a_method_is_asked_once_of_a_problem_and_outside_the_clock():
    problem, again = heads(), heads()
    Counted.asked.clear()
    ready = Counted()
    assert ready.skip(problem) is None
    ready.align(problem)
    ready.align(problem)
    assert Counted.asked == [0]
    ready.align(again)
    assert Counted.asked == [0, 0]
    past = Counted(limit=1)  # another one is asked anew, and its answer is no other's
    assert refused(past, problem) == "is past its limit"
    assert ready.skip(problem) is None
    assert "has nothing to match" in refused(past, WITHOUT["a linear network"]())


def test_functions_and_methods_of_plug_ins_say_so_as_well():
    linear = WITHOUT["a linear network"]()

    @method(paper="none", pairs_only=True)
    def matched(problem):
        return [{} for _ in problem.networks]

    @method(paper="none", needs_groups=False)
    def first(problem):
        return dict(problem.networks[0].params)

    assert "has nothing to match" in refused(matched(), linear)
    assert refused(matched(), heads()) == "takes pairs only, not 3 networks"
    assert first().skip(linear) is None
    assert first().align(linear).merged
