"""What lies within what in small networks, some of which only look as if anything did."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from nested_networks import (
    Branches,
    Made,
    across_heads,
    attention,
    by_hand,
    conv,
    experts,
    experts_by_product,
    experts_summed,
    experts_with_gates_in_turn,
    grouped_queries,
    heads_added,
    heads_outermost,
    heads_outermost_by_index,
    last,
    linear,
    mixed_places,
    one_key_for_all,
    own_scale,
    rolled,
    rows_against_rows,
    scales_repeated,
    shared_scales,
    talking,
)
from torch import nn


@dataclass(frozen=True)
class Case:
    """`nested`: (units, sizes of what they lie within) of every nested group, sorted."""

    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    nested: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)


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
    "group norm across two borders": Case(
        lambda: conv(Branches(2, 4, 10), last(16)), IMAGE, [(4, (2,))]
    ),
    "rows against rows": Case(lambda: Made(rows_against_rows, w=torch.randn(6, 5)), ROW),
    "scales repeated": Case(
        lambda: Made(scales_repeated, a=linear(6, 8), s=torch.randn(4), out=linear(8, 3)),
        TOKENS,
        [(2, (4,))],
    ),
    "heads added": Case(
        lambda: Made(heads_added, a=linear(6, 8), b=torch.randn(3), w=torch.randn(2, 4, 3)), TOKENS
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
    "experts with gates in turn": Case(
        lambda: Made(
            experts_with_gates_in_turn,
            r=linear(6, 3),
            u=torch.randn(3, 6, 8),
            w=torch.randn(3, 4, 2),
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
