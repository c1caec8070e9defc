"""Units within others: every one that there is has its own orders, and none is invented.

Each network is alive, in float64; all its groups are drawn at random, nested ones with an order of
their own under every outer unit, and nothing may change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import alive
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from basinbench.methods.symmetry import Symmetry
from basinbench.methods.symmetry.reorderings import drawn
from basinbench.methods.tracing.trace import trace


class Made(nn.Module):
    """A forward pass as a function of the module, with layers and parameters by name."""

    def __init__(self, forward: Callable[["Made", Tensor], Tensor], **parts: nn.Module | Tensor):
        super().__init__()
        self._function = forward
        for name, part in parts.items():
            setattr(self, name, part if isinstance(part, nn.Module) else nn.Parameter(part))

    def forward(self, x: Tensor) -> Tensor:
        return self._function(self, x)


@dataclass(frozen=True)
class Case:
    """`nested`: (units, sizes of what they lie within) of every nested group, sorted."""

    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    nested: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)


def linear(*sizes: int) -> nn.Module:
    return nn.Linear(*sizes)


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
    """Two convolutions side by side, normalised in groups of 4 that need not end where they do."""

    def __init__(self, first: int, second: int):
        super().__init__()
        self.a, self.b = nn.Conv2d(2, first, 3), nn.Conv2d(2, second, 3)
        self.norm = nn.GroupNorm(4, 16)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(torch.cat([self.a(x), self.b(x)], 1)).relu()


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


relu = nn.ReLU
TOKENS, IMAGE, ROW = (3, 5, 6), (3, 2, 6, 6), (4, 6)
qkv = {name: linear(6, 8) for name in "qkv"}

CASES = {
    "heads": Case(attention, TOKENS, [(4, (2,)), (4, (2,))]),
    "heads by products": Case(
        lambda: Made(by_hand, **qkv, out=linear(8, 3)), TOKENS, [(4, (2,)), (4, (2,))]
    ),
    "talking heads": Case(
        lambda: Made(talking, **qkv, out=linear(8, 3), mix=torch.randn(2, 2)),
        TOKENS,
        [(4, (2,)), (4, (2,))],
    ),
    "a layer of a transformer": Case(
        lambda: nn.Sequential(
            nn.TransformerEncoderLayer(6, 2, 7, batch_first=True), nn.Flatten(), linear(30, 3)
        ),
        TOKENS,
        [(3, (2,)), (3, (2,))],
    ),
    "a norm that all heads share": Case(
        lambda: attention(nn.LayerNorm(4, elementwise_affine=False)), TOKENS, [(4, (2,)), (4, (2,))]
    ),
    "scales that all heads share": Case(shared_scales, TOKENS),
    "a rotation by position": Case(
        lambda: attention(lambda x: x * torch.arange(1.0, 5.0)), TOKENS
    ),
    "queries in groups": Case(
        lambda: Made(
            grouped_queries, q=linear(6, 24), k=linear(6, 8), v=linear(6, 8), out=linear(24, 3)
        ),
        TOKENS,
        [(3, (2,)), (4, (2,)), (4, (2,))],
    ),
    "heads outermost": Case(
        lambda: Made(heads_outermost, qkv=linear(6, 24), out=linear(8, 3)),
        TOKENS,
        [(4, (2,)), (4, (2,))],
    ),
    "heads outermost, by index": Case(
        lambda: Made(heads_outermost_by_index, qkv=linear(6, 24), out=linear(8, 3)),
        TOKENS,
        [(4, (2,)), (4, (2,))],
    ),
    "one key for all heads": Case(
        lambda: Made(one_key_for_all, qkv=linear(6, 16), out=linear(8, 3)), TOKENS
    ),
    "group norm behind branches": Case(
        lambda: conv(Branches(12, 4), last(16)), IMAGE, [(4, (3,))]
    ),
    "group norm across a border": Case(
        lambda: conv(Branches(6, 10), last(16)), IMAGE, [(4, (2,))]
    ),
    "softmax over heads": Case(
        lambda: Made(across_heads, a=linear(6, 8), out=linear(8, 3)), TOKENS, [(2, (4,))]
    ),
    "experts": Case(
        lambda: Made(
            experts, r=linear(6, 3), u=torch.randn(3, 6, 4), w=torch.randn(3, 4, 2)
        ),
        ROW,
        [(4, (3,))],
    ),
    "experts by products": Case(
        lambda: Made(
            experts_by_product, r=linear(6, 3), u=torch.randn(3, 6, 4), w=torch.randn(3, 4, 2)
        ),
        ROW,
        [(4, (3,))],
    ),
    "experts summed": Case(
        lambda: Made(experts_summed, u=torch.randn(3, 6, 4), out=linear(4, 2)), ROW, [(3, (4,))]
    ),
    "places mixed and added": Case(
        lambda: Made(mixed_places, a=linear(6, 12), w=torch.randn(4, 4), out=linear(12, 3)), TOKENS
    ),
    "places rolled": Case(
        lambda: Made(rolled, a=linear(6, 12), out=linear(12, 3)), TOKENS
    ),
    "places that stay": Case(
        lambda: Made(own_scale, u=torch.randn(5, 6, 4), w=torch.randn(5, 4, 2)),
        TOKENS,
        [(4, (5,))],
    ),
    "group norm": Case(
        lambda: conv(nn.Conv2d(2, 8, 3), nn.GroupNorm(2, 8), relu(), last(8)), IMAGE, [(4, (2,))]
    ),
    "group norm without scales": Case(
        lambda: conv(nn.Conv2d(2, 8, 3), nn.GroupNorm(2, 8, affine=False), relu(), last(8)),
        IMAGE,
        [(4, (2,))],
    ),
    "two group norms of other groups": Case(
        lambda: conv(
            nn.Conv2d(2, 8, 3), nn.GroupNorm(2, 8), relu(), nn.GroupNorm(4, 8), last(8)
        ),
        IMAGE,
        [(2, (2,)), (2, (2, 2))],
    ),
    "grouped convolution": Case(
        lambda: conv(
            nn.Conv2d(2, 8, 3), relu(), nn.Conv2d(8, 12, 3, groups=2), relu(), last(12)
        ),
        IMAGE,
        [(4, (2,)), (6, (2,))],
    ),
    "grouped convolutions in a row": Case(
        lambda: conv(
            nn.Conv2d(2, 8, 3, padding=1),
            relu(),
            nn.Conv2d(8, 8, 3, groups=2),
            nn.BatchNorm2d(8),
            relu(),
            nn.Conv2d(8, 8, 3, groups=4),
            relu(),
            last(8),
        ),
        IMAGE,
        [(2, (2,)), (2, (2, 2)), (2, (2, 2)), (4, (2,))],
    ),
    "transposed grouped convolution": Case(
        lambda: conv(
            nn.Conv2d(2, 8, 3), relu(), nn.ConvTranspose2d(8, 12, 3, groups=2), relu(), last(12)
        ),
        IMAGE,
        [(4, (2,)), (6, (2,))],
    ),
    "depthwise": Case(
        lambda: conv(nn.Conv2d(2, 8, 3), relu(), nn.Conv2d(8, 8, 3, groups=8), relu(), last(8)),
        IMAGE,
    ),
    "channels shuffled": Case(
        lambda: conv(
            nn.Conv2d(2, 8, 3),
            nn.GroupNorm(2, 8),
            nn.ChannelShuffle(2),
            relu(),
            last(8),
        ),
        IMAGE,
        [(4, (2,))],
    ),
    "shuffled between grouped convolutions": Case(
        lambda: conv(
            nn.Conv2d(2, 8, 1, groups=2),
            nn.ChannelShuffle(2),
            relu(),
            nn.Conv2d(8, 8, 3, groups=2),
            relu(),
            last(8),
        ),
        IMAGE,
        [(2, (2,)), (4, (2,))],
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=CASES)
def traced(request: pytest.FixtureRequest) -> tuple[Case, nn.Module, Tensor, Symmetry]:
    torch.manual_seed(0)
    case = CASES[request.param]
    module = case.make().double().eval()
    x = torch.randn(case.shape, dtype=torch.float64)
    return case, module, x, trace(module, x)


def test_every_unit_within_others_is_found(traced):
    case, _, _, symmetry = traced
    groups = symmetry.groups()
    found = sorted((groups[g], symmetry.outer_sizes(g)) for g, w in symmetry.within().items() if w)
    assert found == sorted(case.nested), symmetry.within()


def test_none_is_invented(traced):
    _, module, x, symmetry = traced
    for seed in range(3):
        params = alive.draw(module, seed)
        before = alive.output(module, params, x)
        assert alive.spread(before) > 0
        maps = drawn(symmetry, torch.Generator().manual_seed(seed))
        moved = symmetry.transport(params, maps)
        assert not maps or any(not moved[n].equal(v) for n, v in params.items())
        assert alive.deviation(before, alive.output(module, moved, x)) < 1e-9


def test_activations_told_apart_follow_the_maps(traced):
    _, module, x, symmetry = traced
    params = alive.draw(module, 0)
    maps = drawn(symmetry, torch.Generator().manual_seed(1))
    apart = symmetry.apart()
    before = apart.activations(params, x, "after")
    after = apart.activations(symmetry.transport(params, maps), x, "after")
    beside: dict[str, set[str]] = {}
    for tap in apart.program.taps:
        beside.setdefault(tap.group, set()).update(*(axis.groups for axis in tap.axes))
    for group, seen in before.items():
        if beside[group] <= {group, *symmetry.within()[group]}:  # else its samples move as well
            torch.testing.assert_close(after[group], seen[maps[group].index])
