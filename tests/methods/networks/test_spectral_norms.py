"""Weights that are divided by their spectral norm are refused, and what is left of them is not."""

import pytest
import torch
from torch import nn

from basinbench import UserError, merge, network
from basinbench.methods.tracing.buffers import LearntBufferWarning

pytestmark = pytest.mark.filterwarnings(
    "ignore::basinbench.methods.tracing.buffers.LearntBufferWarning"
)

X = torch.randn(5, 6, generator=torch.Generator().manual_seed(0))
KINDS = {
    "parametrisation": nn.utils.parametrizations.spectral_norm,
    "hook": nn.utils.spectral_norm,
}


def trained(kind: str, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    norm = KINDS[kind]
    module = nn.Sequential(norm(nn.Linear(6, 8)), nn.ReLU(), nn.Linear(8, 3))
    for _ in range(10):
        module(torch.randn(8, 6))
    return module.eval()


@pytest.mark.parametrize("kind", KINDS)
def test_a_spectral_norm_is_refused_with_the_way_out(kind: str):
    nets = [network(trained(kind, seed), example=X) for seed in (0, 1)]
    with pytest.raises(UserError, match="'weight' of '0' is divided by its spectral norm") as said:
        merge(*nets, method="identity")
    calls = ("parametrize.remove_parametrizations", "utils.remove_spectral_norm")
    assert any(call in str(said.value) for call in calls)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_excluded_or_taken_off_is_merged(kind: str):
    own = [network(trained(kind, seed), example=X, exclude="0") for seed in (0, 1)]
    found = merge(*own, method="identity")
    mean = (own[0].params["2.weight"] + own[1].params["2.weight"]) / 2
    torch.testing.assert_close(found["2.weight"], mean)
    plain = [trained(kind, seed) for seed in (0, 1)]
    wanted = [module(X) for module in plain]
    for module in plain:
        if kind == "hook":
            nn.utils.remove_spectral_norm(module[0])
        else:
            nn.utils.parametrize.remove_parametrizations(module[0], "weight")
    nets = [network(module, example=X) for module in plain]
    for net, outputs in zip(nets, wanted, strict=True):
        torch.testing.assert_close(net(X), outputs)
    mean = (nets[0].params["0.weight"] + nets[1].params["0.weight"]) / 2
    torch.testing.assert_close(merge(*nets, method="identity")["0.weight"], mean)


class Codes(nn.Module):
    """A table that training moves towards what it sees, and counts."""

    table: torch.Tensor
    seen: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(6, 3)
        self.register_buffer("table", torch.zeros(3))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.body(x)
        if self.training:
            self.table.lerp_(y.detach().mean(0), 0.1)
            self.seen.add_(len(x))
        return y - self.table


def test_a_buffer_that_training_writes_and_no_norm_owns_is_named():
    with pytest.warns(LearntBufferWarning, match="the buffers 'table', which are no norm's"):
        network(Codes(), example=X)
