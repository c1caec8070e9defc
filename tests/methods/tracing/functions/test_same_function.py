"""Networks of the same tensors are one function of them, or it is said where they are two."""

import re
from collections.abc import Callable
from functools import cache

import pytest
import torch
from torch import Tensor, nn

from basinbench.methods.base import Network, Problem
from basinbench.methods.identity import Identity
from basinbench.methods.networks.construction import network
from basinbench.methods.otfusion import OTFusionWeights

IMAGES = torch.zeros(2, 3, 8, 8)


class Net(nn.Module):
    """A little of everything that a function may be made of; each can be another."""

    def __init__(
        self,
        act: Callable[[Tensor], Tensor] = torch.relu,
        gain: float = 1.0,
        stride: int = 1,
        table: float = 1.0,
        kept: float = 1.0,
        drop: float = 0.1,
        head: nn.Module | None = None,
    ):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride, 1)
        self.norm, self.drop = nn.GroupNorm(2, 8), nn.Dropout(drop)
        self.bn = nn.BatchNorm2d(8)
        self.head = head or nn.Linear(8, 5)
        self.act, self.gain, self.table = act, gain, torch.full((8, 1, 1), table)
        self.register_buffer("kept", torch.full((8, 1, 1), kept), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(self.act(self.norm(self.conv(x)) * self.gain))
        x = self.bn(x + self.table) * self.kept * torch.tensor(2.0)
        return self.head(x.reshape(x.shape[0], 8, -1).mean(2))


def with_(change: Callable[[Net], object]) -> Net:
    changed = Net()
    change(changed)
    return changed


TWO_FUNCTIONS = {
    "an activation": (lambda: Net(act=torch.sin), "relu in one is sin in another"),
    "a helper": (lambda: Net(act=lambda x: torch.relu(x) ** 2), "is pow in another"),
    "a factor": (lambda: Net(gain=9.0), "other of mul is 1.0 in one and 9.0 in another"),
    "a stride": (lambda: Net(stride=2), r"stride of conv2d in 'conv' is \(1, 1\) in one"),
    "an attribute": (lambda: Net(table=3.0), "the constant 'table' has other values"),
    "a buffer": (lambda: Net(kept=3.0), "the constant 'kept' has other values"),
    "a norm's eps": (lambda: with_(lambda n: setattr(n.bn, "eps", 0.1)), "eps of batch_norm"),
    "one step more": (
        lambda: with_(lambda n: n.register_forward_hook(lambda *a: a[-1].exp())),
        "linear in 'head'|output in one is exp",
    ),
}
ONE_FUNCTION: dict[str, Callable[[], Net]] = {
    "the same again": Net,
    "in training mode": lambda: Net().train(),
    "another rate of dropout": lambda: Net(drop=0.5),
    "in place": lambda: Net(act=nn.ReLU(inplace=True)),
    "another momentum": lambda: with_(lambda n: setattr(n.bn, "momentum", 0.5)),
    "in float64": lambda: Net().double(),
    "in half precision": lambda: Net().half(),
}
"""Changes that evaluation mode does not see."""


@cache
def plain() -> Network:
    return network(Net(), example=IMAGES)


def reason(*networks: Network) -> str | None:
    return Identity().skip(Problem(networks))


@pytest.mark.parametrize("case", TWO_FUNCTIONS)
def test_two_functions_are_refused_with_the_place_where_they_differ(case: str):
    make, words = TWO_FUNCTIONS[case]
    said = str(reason(plain(), network(make(), example=IMAGES)))
    assert said.startswith("needs networks of one function: ")
    assert re.search(words, said), said


@pytest.mark.parametrize("case", ONE_FUNCTION)
def test_what_evaluation_mode_does_not_see_is_no_other_function(case: str):
    assert reason(plain(), network(ONE_FUNCTION[case](), example=IMAGES)) is None


@pytest.mark.parametrize("shape", [(1, 3, 8, 8), (5, 3, 8, 8), (2, 3, 12, 4)])
def test_the_example_is_no_part_of_the_function(shape: tuple[int, ...]):
    other = network(Net(), example=torch.zeros(shape))
    assert reason(plain(), other) is None
    assert reason(other, plain()) is None


class Shifted(nn.Module):
    """Attention in windows shifts large images alone."""

    def __init__(self, shift: int = 1):
        super().__init__()
        self.conv, self.head, self.shift = nn.Conv2d(3, 8, 1), nn.Linear(8, 5), shift

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).relu()
        if x.shape[-1] > 4:
            x = x.roll(self.shift, -1) * x
        return self.head(x.mean((2, 3)))


def test_what_is_done_to_larger_inputs_alone_is_part_of_one_function():
    large = network(Shifted(), example=IMAGES)
    small, other = (network(m, example=IMAGES[..., :4]) for m in (Shifted(), Shifted(shift=2)))
    assert reason(large, small) is None
    assert reason(small, large) is None
    assert "shifts of roll is (1,) in one and (2,) in another" in str(reason(large, other))


def test_two_functions_are_told_apart_by_examples_of_two_sizes():
    other = network(Net(stride=2), example=torch.zeros(1, 3, 12, 4))
    assert "stride of conv2d in 'conv'" in str(reason(plain(), other))


def deep_head() -> nn.Module:
    return nn.Sequential(nn.ReLU(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 9))


def without(part: str, **how) -> Network:
    return network(Net(**how), example=IMAGES, exclude=part)


@pytest.mark.parametrize("head", [lambda: nn.Linear(8, 9), deep_head])
def test_a_head_that_is_left_to_each_network_may_be_another_function(
    head: Callable[[], nn.Module],
):
    own, other = without("head"), without("head", head=head())
    assert reason(own, other) is None
    assert reason(other, own) is None


@pytest.mark.parametrize(
    ("part", "how"), [("head", {"head": deep_head()}), ("conv", {"stride": 2})]
)
def test_the_rest_is_one_function_whatever_is_left_to_each_network(part: str, how: dict):
    own, other = without(part), without(part, **how, act=torch.sin)
    assert "relu in one is sin in another" in str(reason(own, other))


class Attention(nn.Module):
    """One head, written out, whose scale follows from its width."""

    def __init__(self, width: int, gain: float = 1.0):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(4, width) for _ in range(3))
        self.out, self.width, self.gain = nn.Linear(width, 3), width, gain

    def forward(self, x: Tensor) -> Tensor:
        n, length, _ = x.shape
        q, k, v = (f(x).view(n, length, 1, self.width) for f in (self.q, self.k, self.v))
        scores = (q.transpose(1, 2) @ k.permute(0, 2, 3, 1)) * self.width**-0.5
        mixed = (scores.softmax(-1) @ v.transpose(1, 2)).transpose(1, 2) * self.gain
        return self.out(mixed.reshape(n, length, self.width).sum(1) / self.width)


def test_unequal_widths_bring_their_own_sizes_and_scales_and_nothing_else():
    x = torch.zeros(2, 5, 4)
    nets = [network(m, example=x) for m in (Attention(6), Attention(8), Attention(8, gain=3.0))]
    assert OTFusionWeights().skip(Problem((nets[0], nets[1]))) is None
    said = str(OTFusionWeights().skip(Problem((nets[0], nets[2]))))
    assert "other of mul is 1.0 in one and 3.0 in another" in said
