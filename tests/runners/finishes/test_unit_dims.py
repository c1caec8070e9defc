"""Where units stand is found at each layer, whatever its class."""

import merges
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm
from torchvision.models.convnext import LayerNorm2d

from basinbench.methods.base import Alignment, Network, Problem, weighted_mean
from basinbench.methods.tracing.trace import trace
from basinbench.runners.finishes import BiasCorrection, Repair, Rescale, TemperatureScaling
from basinbench.runners.finishes.base import Merge, MergeContext
from basinbench.runners.finishes.unit_dims import unit_dims

C = 8
"""Channels, as many as pixels in a row and tokens: no size tells one axis from another."""


class OverTokens(nn.Module):
    """A layer norm of a user's own, over the last dimension."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(C)), nn.Parameter(torch.zeros(C))

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, (C,), self.weight, self.bias)


class Squashed(OverTokens):
    """No outputs that weight and bias scale and shift."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x).tanh()


NORMS = {
    "layer norm": (lambda: nn.LayerNorm(C), (C, C), -1),
    "layer norm of rows": (lambda: nn.LayerNorm(C), (C,), -1),
    "over channels": (lambda: LayerNorm2d(C), (C, C, C), -3),
    "own": (OverTokens, (C, C), -1),
    "groups": (lambda: nn.GroupNorm(2, C), (C, C, C), -3),
    "instances": (lambda: nn.InstanceNorm1d(C, affine=True), (C, C), -2),
    "none": (Squashed, (C, C), None),
    "linear": (lambda: nn.Linear(C, C), (C, C), -1),
    "convolution": (lambda: nn.Conv1d(C, C, 1), (C, C), -2),
}


@pytest.mark.parametrize("name", NORMS)
def test_the_dimension_is_that_of_the_units(name: str):
    make, shape, dim = NORMS[name]
    module = nn.Sequential(make(), nn.Identity())
    params = {n: torch.full_like(v, torch.nan) for n, v in module.state_dict().items()}
    assert unit_dims(module, params, ["0"], torch.zeros(2, *shape)) == {"0": dim}


class Channels(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, C, 3, padding=1), LayerNorm2d(C)
        self.head = nn.Linear(C, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.conv(x)).relu().mean((2, 3)))


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mix, self.norm, self.head = nn.Linear(8, C), OverTokens(), nn.Linear(C, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.mix(x[:, 0])).relu().mean(1))


class Odd(Tokens):
    def __init__(self) -> None:
        super().__init__()
        self.norm = Squashed()


def context_of(make: type[nn.Module]) -> MergeContext:
    networks = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        module = make().eval()
        for name, value in module.named_parameters():
            if value.ndim == 1 and "norm" in name:
                nn.init.uniform_(value, 0.2, 2)
        networks.append(
            Network(module, dict(module.state_dict()), trace(module, torch.zeros(2, 1, 8, 8)))
        )
    data = merges.samples()
    problem = Problem(tuple(networks), data, validation=data)
    return MergeContext(problem, Alignment(({}, {})), data, merges.SHORT, 5)


@pytest.mark.parametrize(("make", "units"), [(Channels, (0, 2, 3)), (Tokens, (0, 1))])
def test_repair_gives_each_unit_of_such_a_norm_its_goal(make, units):
    """Law 29, with the statistics of units counted here."""
    context = context_of(make)
    images = [merges.samples()[torch.arange(len(merges.samples()))][0]]

    def moments(params: dict[str, Tensor]) -> Tensor:
        seen = []
        handle = module.norm.register_forward_hook(lambda _m, _i, y: seen.append(y.double()))
        with torch.no_grad():
            torch.func.functional_call(module, params, (images[0],))
        handle.remove()
        return torch.stack([seen[0].mean(units), seen[0].std(units, correction=0)])

    module = make().eval()
    ends = context.ends
    assert ends is not None
    merged = weighted_mean(ends, (0.5, 0.5))
    done = merges.finished(Repair(), Merge(merged, (0.5, 0.5), context)).params
    goal = (moments(ends[0]) + moments(ends[1])) / 2
    assert float((moments(merged) - goal).abs().max()) > 0.05, "nothing to mend: no test"
    torch.testing.assert_close(moments(done), goal, rtol=1e-2, atol=1e-2)


def test_a_norm_without_a_scale_and_shift_of_units_is_a_reason_to_skip():
    assert "no outputs of 'norm'" in (Repair().skip(context_of(Odd)) or "")
    assert Repair(norms=False).skip(context_of(Odd)) is None


class Normed(nn.Module):
    """Weight norm at a hidden layer, or at the output."""

    def __init__(self, hidden: bool = True) -> None:
        super().__init__()
        a, head = nn.Linear(64, C), nn.Linear(C, 10)
        self.a, self.head = (weight_norm(a), head) if hidden else (a, weight_norm(head))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.a(x.flatten(1)).relu())


class NormedHead(Normed):
    def __init__(self) -> None:
        super().__init__(hidden=False)


@pytest.mark.parametrize("finish", [Repair(), Repair(norms=False), Rescale()])
def test_a_computed_weight_is_a_reason_to_skip(finish):
    assert "no weight of 'a' that could be scaled" in (finish.skip(context_of(Normed)) or "")
    assert finish.skip(context_of(NormedHead)) is None


@pytest.mark.parametrize("finish", [BiasCorrection(), TemperatureScaling()])
def test_a_computed_output_layer_is_a_reason_to_skip(finish):
    assert "does not end in a linear layer" in (finish.skip(context_of(NormedHead)) or "")
    assert finish.skip(context_of(Normed)) is None
