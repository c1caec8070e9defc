"""Networks with constants: kept in a buffer that is saved or not, in an attribute, or made anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from small_layers import Net
from torch import Tensor, nn

Place = Literal["saved", "not saved", "attribute", "inside"]
PLACES: tuple[Place, ...] = ("saved", "not saved", "attribute", "inside")


@dataclass(frozen=True)
class WithConstant:
    """The constant, what a network of (3, 5, 4) does with it, the sizes of its groups in order."""

    constant: Callable[[], Tensor]
    forward: Callable[[Net, Tensor, Tensor], Tensor]
    groups: tuple[int, ...]

    def build(self, place: Place) -> nn.Module:
        """A network that keeps its constant at `place`."""

        def forward(s: Net, x: Tensor) -> Tensor:
            held = s.__dict__.get("c", s._buffers.get("c"))
            return self.forward(s, x, self.constant() if held is None else held)

        layers: dict[str, Any] = {"a": nn.Linear(4, 8), "b": nn.Linear(8, 6), "o": nn.Linear(6, 3)}
        net = Net(forward, **layers)
        if place in ("saved", "not saved"):
            net.register_buffer("c", self.constant(), persistent=place == "saved")
        elif place == "attribute":
            net.__dict__["c"] = self.constant()
        return net


def on_units(change: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Net, Tensor, Tensor], Tensor]:
    """`change` of the 8 hidden units (batch, time, 8) and the constant."""
    return lambda s, x, c: s.o(s.b(change(s.a(x), c).relu()).relu().mean(1))


def on_scores(s: Net, x: Tensor, c: Tensor) -> Tensor:
    h = s.a(x)
    scores = (h @ h.mT).masked_fill(c[: x.shape[1], : x.shape[1]] == 0, -1e4)
    return s.o(s.b(scores.softmax(-1) @ h).relu().mean(1))


def on_weight(s: Net, x: Tensor, c: Tensor) -> Tensor:
    return s.o(F.linear(s.a(x).relu(), s.b.weight * c, s.b.bias).relu().mean(1))


def rotated(h: Tensor, c: Tensor) -> Tensor:
    """Rotary positions: pairs of units turned by an angle that grows with the position."""
    cos, sin = c[: h.shape[1]].cos(), c[: h.shape[1]].sin()
    left, right = h.chunk(2, -1)
    return torch.cat([left * cos - right * sin, left * sin + right * cos], -1)


def rotated_as_complex(h: Tensor, c: Tensor) -> Tensor:
    pairs = torch.view_as_complex(h.unflatten(-1, (4, 2)).contiguous())
    angles = c[: h.shape[1]]
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(2)


def sinusoid() -> Tensor:
    steps = torch.arange(9)[:, None] * torch.tensor([1.0, 0.3, 0.1, 0.03])
    return torch.cat([steps.sin(), steps.cos()], 1)


def angles() -> Tensor:
    return torch.arange(9)[:, None] * torch.tensor([1.0, 0.3, 0.1, 0.03])


def halves() -> Tensor:
    return torch.cat([torch.zeros(5), torch.ones(3)])


CONSTANTS = {
    "row of numbers": WithConstant(
        lambda: torch.linspace(-1, 1, 8), on_units(lambda h, c: h + c), (6,)
    ),
    "the same number": WithConstant(lambda: torch.ones(8), on_units(lambda h, c: h * c), (8, 6)),
    "one number": WithConstant(lambda: torch.tensor(2.0), on_units(lambda h, c: h / c), (8, 6)),
    "two kinds of units": WithConstant(halves, on_units(lambda h, c: h * c), (5, 3, 6)),
    "truth values": WithConstant(
        lambda: halves().bool(), on_units(lambda h, c: h.masked_fill(c, 0.5)), (5, 3, 6)
    ),
    "sinusoid": WithConstant(sinusoid, on_units(lambda h, c: h + c[: h.shape[1]]), (6,)),
    "the same at every position": WithConstant(
        lambda: torch.arange(9.0)[:, None].expand(9, 8).clone(),
        on_units(lambda h, c: h + c[: h.shape[1]]),
        (8, 6),
    ),
    "rotary table": WithConstant(angles, on_units(rotated), (6,)),
    "complex rotary table": WithConstant(angles, on_units(rotated_as_complex), (6,)),
    "causal mask": WithConstant(lambda: torch.ones(9, 9).tril(), on_scores, (8, 6)),
    "mask of a weight": WithConstant(
        lambda: torch.ones(6, 8).triu(), on_weight, (3,)
    ),  # its last three columns are the same
    "mask of blocks": WithConstant(
        lambda: torch.block_diag(torch.ones(2, 5), torch.ones(4, 3)), on_weight, (5, 3, 2, 4)
    ),
    "order of units": WithConstant(
        lambda: torch.tensor([3, 1, 0, 2, 7, 6, 5, 4]), on_units(lambda h, c: h[..., c]), (8, 6)
    ),
    "matrix": WithConstant(
        lambda: torch.arange(64.0).view(8, 8) / 64, on_units(lambda h, c: h @ c), (6,)
    ),
    "mean": WithConstant(
        lambda: torch.full((8, 8), 1 / 8), on_units(lambda h, c: h @ c + h), (8, 6)
    ),
}
