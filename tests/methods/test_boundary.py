"""What is a user's stays as it is, and what every method gives can be saved: over all methods."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import torch
from cheaper_methods import CHEAPER
from safetensors.torch import save
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from basinbench import Problem, network
from basinbench.methods import Method
from basinbench.methods.plugins.catalogue import built_in

DRAW = torch.Generator().manual_seed(0)
X = torch.randn(40, 4, generator=DRAW)
IDS = torch.randint(11, (40, 3), generator=DRAW)
Y = torch.arange(40) % 3


def mlp(classes: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, classes)
    )


def normed() -> nn.Sequential:
    module = nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3)
    )
    module(X)  # running statistics of its own
    return module.train()


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.mix = nn.Embedding(11, 6), nn.Linear(6, 6)
        self.head = nn.Linear(6, 11, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, ids: Tensor) -> Tensor:
        return self.head(self.mix(self.embed(ids)).relu()).mean(1)


class Keywords(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.t, self.head = nn.Linear(4, 6), nn.Linear(1, 6), nn.Linear(6, 3)

    def forward(self, x: Tensor, *, time: Tensor) -> dict[str, Tensor]:
        return {"hidden": x, "logits": self.head((self.a(x) + self.t(time)).relu())}


def learning() -> nn.Module:
    module = mlp()
    module(X).sum().backward()
    return module


@dataclass(frozen=True)
class Kind:
    """Two networks as a user has them, and data as they have it."""

    makers: tuple[Callable[[], nn.Module], Callable[[], nn.Module]]
    data: Any = (X, Y)
    example: Any = X
    options: dict[str, Any] | None = None
    unsolved: frozenset[str] = frozenset()
    """Methods that say by `skip` that they cannot."""


CHAINS = frozenset({"pfnm", "fedma"})
KEYWORDS = {"x": X, "time": X[:, :1]}
KINDS = {
    "plain": Kind((mlp, mlp)),
    "training mode": Kind((normed, normed), unsolved=CHAINS | {"cca"}),
    "gradients": Kind((learning, learning)),
    "half": Kind((lambda: mlp().half(), lambda: mlp().half())),
    "bfloat16": Kind((lambda: mlp().bfloat16(), lambda: mlp().bfloat16())),
    "one half": Kind((mlp, lambda: mlp().half())),
    "one double": Kind((mlp, lambda: mlp().double())),
    "loader": Kind((mlp, mlp), DataLoader(TensorDataset(X, Y), 8, shuffle=True)),
    "tied": Kind((Tied, Tied), (IDS, Y), IDS, unsolved=CHAINS),
    "keywords": Kind((Keywords, Keywords), (KEYWORDS, Y), KEYWORDS, unsolved=CHAINS),
    "excluded": Kind((mlp, lambda: mlp(7)), options={"exclude": "4"}, unsolved=CHAINS),
}


@cache
def modules(kind: str) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(1)
    first, second = KINDS[kind].makers
    return first(), second()


@cache
def problem(kind: str) -> Problem:
    what = KINDS[kind]
    networks = (network(m, example=what.example, **what.options or {}) for m in modules(kind))
    return Problem(tuple(networks), what.data, 0, (what.data, what.data))


def state(module: nn.Module) -> dict[str, object]:
    """All of a module that a method could change."""
    own = {name: value.clone() for name, value in module.state_dict().items()}
    gradients = {n: p.grad.tolist() for n, p in module.named_parameters() if p.grad is not None}
    modes = [each.training for each in module.modules()]
    hooks = [len(each._forward_hooks) for each in module.modules()]
    attributes = [sorted(vars(each)) for each in module.modules()]
    return {
        "tensors": {n: (v.dtype, v.tolist()) for n, v in own.items()},
        "gradients": gradients,
        "needs": [p.requires_grad for p in module.parameters()],
        "the rest": (modes, hooks, attributes),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", built_in())
def test_the_users_networks_stay_and_the_merge_can_be_saved(name: str, kind: str):
    method: Method = CHEAPER.get(name) or built_in()[name]()
    what, given = problem(kind), modules(kind)
    before = [state(module) for module in given]
    reason = method.skip(what)
    assert (reason is not None) == (name in KINDS[kind].unsolved), reason
    if reason is not None:
        return
    alignment = method.align(what)
    merged = method.merge(what, alignment, [0.5, 0.5])
    assert [state(module) for module in given] == before

    first = given[0].state_dict()
    assert merged.keys() == first.keys()
    assert {n: v.dtype for n, v in merged.items()} == {n: v.dtype for n, v in first.items()}
    save(merged)  # refuses memory that is shared or not contiguous
    outputs = what.networks[0](KINDS[kind].example, merged)
    assert outputs.isfinite().all()
    for value in merged.values():
        value.zero_()
    assert [state(module) for module in given] == before
    if kind == "plain" and alignment.is_exact:
        for i, weights in enumerate(([1, 0], [0, 1])):
            end = method.merge(what, alignment, weights)
            expected = given[i](X)
            torch.testing.assert_close(what.networks[0](X, end), expected, rtol=1e-4, atol=1e-5)
