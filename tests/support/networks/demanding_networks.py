"""Networks that ask for something: for float32, for batches of one size, for chance."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from small_layers import Net
from torch import Tensor, nn


def _net(forward: Callable[..., Tensor], **layers: nn.Module | nn.Parameter) -> nn.Module:
    own = {"a": nn.Linear(4, 8), "b": nn.Linear(8, 8), "c": nn.Linear(8, 3)}
    return Net(forward, **{**own, **layers})


def _head(net: Any, hidden: Tensor) -> Tensor:
    return net.c(net.b(hidden).relu())


def _constant() -> nn.Module:
    net = _net(lambda s, x: _head(s, s.a(x @ s.held[0]).relu()))
    net.__dict__["held"] = [torch.eye(4)]
    return net


def _recurrent() -> nn.Module:
    layer = nn.GRU(4, 8, batch_first=True)
    return _net(
        lambda s, x: _head(s, s.g(x[:, None], torch.zeros(1, len(x), 8))[0][:, -1]),
        g=layer,
        a=nn.Identity(),
    )


def _asserting() -> nn.Module:
    def forward(s: Any, x: Tensor) -> Tensor:
        assert x.dtype == torch.float32
        return _head(s, s.a(x).relu())

    return _net(forward)


FLOAT32: dict[str, Callable[[], nn.Module]] = {
    "inputs": lambda: _net(lambda s, x: _head(s, s.a(x.float()).relu())),
    "a constant": _constant,
    "a state": _recurrent,
    "a one-hot code": lambda: _net(
        lambda s, x: _head(s, (F.one_hot((x > 0).long(), 2)[..., 1].float() @ s.w).relu()),
        a=nn.Identity(),
        w=nn.Parameter(torch.randn(4, 8)),
    ),
    "an assertion": _asserting,
    "numbers within": lambda: _net(
        lambda s, x: _head(s, F.layer_norm(s.a(x).float(), (8,)).to(x.dtype).relu())
    ),
}
"""What is fixed to float32 -> a network of inputs (n, 4) with three classes."""


def _another(when: Callable[[int], bool]) -> Callable[[], nn.Module]:
    def forward(s: Any, x: Tensor) -> Tensor:
        h = s.a(x).relu()
        return _head(s, h.flip(1) if when(len(x)) else h)

    return lambda: _net(forward)


OTHER_SIZES = {
    "more than two": _another(lambda n: n > 2),
    "more than ten": _another(lambda n: n > 10),
    "odd": _another(lambda n: n % 2 == 1),
    "one": _another(lambda n: n == 1),
    "not two": _another(lambda n: n != 2),
}
"""Batches, other than of two, whose units meet in the reverse order -> such a network."""

RANDOM = {
    "dropout": lambda: _net(lambda s, x: _head(s, F.dropout(s.a(x).relu(), 0.5))),
    "noise": lambda: _net(lambda s, x: _head(s, s.a(x) + torch.randn(len(x), 8).to(x))),
    "a drawn unit": lambda: _net(
        lambda s, x: _head(s, s.a(x) * F.gumbel_softmax(s.a(x), hard=True, dim=1))
    ),
}
"""What draws in evaluation mode as well -> such a network."""
