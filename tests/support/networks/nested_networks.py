"""Small networks with units within others, and some that only look as if they had any."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Made(nn.Module):
    """A forward pass as a function of the module, with layers and parameters by name."""

    def __init__(self, forward: Callable[["Made", Tensor], Tensor], **parts: nn.Module | Tensor):
        super().__init__()
        self._function = forward
        for name, part in parts.items():
            setattr(self, name, part if isinstance(part, nn.Module) else nn.Parameter(part))

    if TYPE_CHECKING:  # its parts are layers and parameters, whichever were given

        def __getattr__(self, name: str) -> Any: ...

    def forward(self, x: Tensor) -> Tensor:
        return self._function(self, x)


def linear(inputs: int, outputs: int) -> nn.Module:
    return nn.Linear(inputs, outputs)


def heads(x: Tensor, n: int) -> Tensor:
    return x.unflatten(-1, (n, -1)).transpose(1, 2)


def attention(extra: Callable[[Tensor], Tensor] = lambda x: x, **more: nn.Module) -> nn.Module:
    """2 heads of 4; `extra` is done to queries, keys and values within their heads."""

    def forward(m: Made, x: Tensor) -> Tensor:
        q, k, v = (extra(heads(layer(x), 2)) for layer in (m.q, m.k, m.v))
        a = F.scaled_dot_product_attention(q, k, v)
        return m.out(m.p(a.transpose(1, 2).flatten(2)).mean(1))

    layers = {name: linear(6, 8) for name in "qkv"}
    return Made(forward, **layers, p=linear(8, 5), out=linear(5, 3), **more)


def shared_scales() -> nn.Module:
    norm = nn.LayerNorm(4)
    return attention(norm, norm=norm)


def by_hand(m: Made, x: Tensor) -> Tensor:
    q, k, v = (heads(layer(x), 2) for layer in (m.q, m.k, m.v))
    scores = (q @ k.mT / 2).softmax(-1)
    return m.out((scores @ v).transpose(1, 2).flatten(2)).mean(1)


def talking(m: Made, x: Tensor) -> Tensor:
    """Heads are mixed after the softmax; their queries and values are their own all the same."""
    q, k, v = (heads(layer(x), 2) for layer in (m.q, m.k, m.v))
    scores = torch.einsum("bhts,gh->bgts", (q @ k.mT).softmax(-1), m.mix)
    return m.out((scores @ v).transpose(1, 2).flatten(2)).mean(1)


def grouped_queries(m: Made, x: Tensor) -> Tensor:
    q = m.q(x).unflatten(-1, (2, 3, 4)).permute(0, 2, 3, 1, 4)
    k, v = (m.k(x).unflatten(-1, (2, 1, 4)), m.v(x).unflatten(-1, (2, 1, 4)))
    k, v = (y.permute(0, 2, 3, 1, 4).expand(-1, -1, 3, -1, -1) for y in (k, v))
    a = F.scaled_dot_product_attention(q, k, v)
    return m.out(a.permute(0, 3, 1, 2, 4).flatten(2)).mean(1)


def heads_outermost(m: Made, x: Tensor) -> Tensor:
    """As GPT-NeoX has them: heads x (queries | keys | values)."""
    q, k, v = m.qkv(x).unflatten(-1, (2, 12)).transpose(1, 2).chunk(3, -1)
    a = F.scaled_dot_product_attention(q, k, v)
    return m.out(a.transpose(1, 2).flatten(2)).mean(1)


def heads_outermost_by_index(m: Made, x: Tensor) -> Tensor:
    """As BLOOM has them: heads x 3 x units."""
    fused = m.qkv(x).unflatten(-1, (2, 3, 4))
    q, k, v = (fused[..., i, :].transpose(1, 2) for i in range(3))
    a = F.scaled_dot_product_attention(q, k, v)
    return m.out(a.transpose(1, 2).flatten(2)).mean(1)


def one_key_for_all(m: Made, x: Tensor) -> Tensor:
    """As Falcon has them: heads of queries, then one key and one value."""
    fused = m.qkv(x).unflatten(-1, (4, 4)).transpose(1, 2)
    q, k, v = fused[:, :-2], fused[:, [-2]], fused[:, [-1]]
    a = F.scaled_dot_product_attention(q, k.expand_as(q), v.expand_as(q))
    return m.out(a.transpose(1, 2).flatten(2)).mean(1)


class Branches(nn.Module):
    """Convolutions side by side, normalised in groups of 4 that need not end where they do."""

    def __init__(self, *sizes: int):
        super().__init__()
        self.branches = nn.ModuleList(nn.Conv2d(2, size, 3) for size in sizes)
        self.norm = nn.GroupNorm(sum(sizes) // 4, sum(sizes))

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(torch.cat([branch(x) for branch in self.branches], 1)).relu()


def rows_against_rows(m: Made, x: Tensor) -> Tensor:
    """Each row meets all others, so that their columns have one order."""
    return x @ (m.w @ m.w.mT).relu()


def scales_repeated(m: Made, x: Tensor) -> Tensor:
    """One row of scales, copied to every head."""
    y = m.a(x).unflatten(-1, (2, 4)).relu() * m.s.expand(2, 4)
    return m.out(y.flatten(-2)).mean(1)


def heads_added(m: Made, x: Tensor) -> Tensor:
    """By an operator of which it is not known what it does side by side."""
    y = m.a(x).unflatten(-1, (2, 4)).relu().permute(2, 0, 1, 3).flatten(1, 2)
    return torch.addbmm(m.b, y, m.w).unflatten(0, x.shape[:2]).mean(1)


def across_heads(m: Made, x: Tensor) -> Tensor:
    """Softmax over the heads: the same place of all heads is compared."""
    y = m.a(x).unflatten(-1, (2, 4))
    return m.out(y.softmax(-2).flatten(-2)).mean(1)


def experts(m: Made, x: Tensor) -> Tensor:
    hidden = torch.einsum("bi,eih->beh", x, m.u).relu()
    return torch.einsum("be,beo->bo", m.r(x).softmax(-1), torch.einsum("beh,eho->beo", hidden, m.w))


def experts_by_product(m: Made, x: Tensor) -> Tensor:
    hidden = (x.unsqueeze(0) @ m.u).relu()
    return ((hidden @ m.w).permute(1, 2, 0) * m.r(x).softmax(-1).unsqueeze(1)).sum(-1)


def experts_with_gates_in_turn(m: Made, x: Tensor) -> Tensor:
    """Of every expert the even units are gates of the odd ones."""
    hidden = x.unsqueeze(0) @ m.u
    passed = hidden[..., 1::2] * hidden[..., ::2].sigmoid()
    return ((passed @ m.w).permute(1, 2, 0) * m.r(x).softmax(-1).unsqueeze(1)).sum(-1)


def experts_summed(m: Made, x: Tensor) -> Tensor:
    """Hidden units are added up over the experts: of each unit these may have any order."""
    hidden = torch.einsum("bi,eih->beh", x, m.u).relu()
    return m.out(hidden.sum(1))


def mixed_places(m: Made, x: Tensor) -> Tensor:
    """Positions are mixed and added to themselves: both axes carry the same positions."""
    y = m.a(x).unflatten(-1, (4, 3))
    y = y + torch.einsum("bnoc,po->bnpc", y.relu(), m.w)
    return m.out(y.relu().flatten(-2)).mean(1)


def rolled(m: Made, x: Tensor) -> Tensor:
    y = m.a(x).unflatten(-1, (4, 3))
    return m.out((y.relu() + y.roll(1, 2)).flatten(-2)).mean(1)


def own_scale(m: Made, x: Tensor) -> Tensor:
    """Fixed places, each with units of its own."""
    y = torch.einsum("bpi,pih->bph", x, m.u).relu()
    return torch.einsum("bph,pho->bo", y, m.w)


def conv(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear(6, 3))


def last(channels: int, outputs: int = 6) -> nn.Module:
    return nn.Conv2d(channels, outputs, 1)
