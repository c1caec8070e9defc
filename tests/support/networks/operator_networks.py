"""One small live network around each operator, with the arguments that are easily overlooked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from small_layers import Net
from torch import Tensor, nn


@dataclass(frozen=True)
class Around:
    """What comes between a first layer of 8 units and a last one, and the sizes of its groups.

    `change` takes the network and the units, (batch, 8, 6, 6) where `image`, else (batch, 5, 8);
    `width` is the number of units that come out of it.
    """

    change: Callable[[Net, Tensor], Tensor]
    groups: tuple[int, ...]
    width: int = 8
    image: bool = False
    layers: Callable[[], dict[str, Any]] = field(default=dict)

    def build(self) -> nn.Module:
        first = nn.Conv2d(2, 8, 3, padding=1) if self.image else nn.Linear(4, 8)
        last = nn.Conv2d(self.width, 3, 1) if self.image else nn.Linear(self.width, 3)
        forward = self.change
        return Net(
            lambda s, x: s.last(forward(s, s.first(x))), first=first, last=last, **self.layers()
        )

    def inputs(self) -> tuple[Tensor, ...]:
        if self.image:
            return torch.randn(3, 2, 6, 6), torch.randn(1, 2, 6, 6)
        return torch.randn(3, 5, 4), torch.randn(1, 5, 4)


def weight(*shape: int) -> Callable[[], dict[str, Any]]:
    return lambda: {"w": nn.Parameter(torch.randn(shape) / 3)}


def units(change: Callable[[Tensor], Tensor], groups: tuple[int, ...], width: int = 8) -> Around:
    return Around(lambda _, h: change(h), groups, width)


def image(change: Callable[[Tensor], Tensor], groups: tuple[int, ...], width: int = 8) -> Around:
    return Around(lambda _, h: change(h), groups, width, image=True)


def layer(module: Callable[[], nn.Module], groups: tuple[int, ...], width: int = 8) -> Around:
    """A module on images."""
    return Around(lambda s, h: s.m(h.relu()), groups, width, True, lambda: {"m": module()})


def with_weight(
    change: Callable[[Tensor, Tensor], Tensor],
    shape: tuple[int, ...],
    groups: tuple[int, ...],
    width: int = 8,
) -> Around:
    return Around(lambda s, h: change(h.tanh(), s.w), groups, width, layers=weight(*shape))


def attended(s: Net, h: Tensor) -> Tensor:
    """Two heads of keys and values for four of queries."""
    q = s.q(h).unflatten(-1, (4, 3)).transpose(1, 2)
    k, v = (layer(h).unflatten(-1, (2, 3)).transpose(1, 2) for layer in (s.k, s.v))
    return F.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).flatten(2)


def causal(s: Net, h: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(h, s.k(h), s.v(h), is_causal=True, scale=0.7)


def masked(s: Net, h: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(h, s.k(h), s.v(h), attn_mask=s.w)


def assigned(_: Net, h: Tensor) -> Tensor:
    out = h.new_zeros(*h.shape[:-1], 10)
    out[..., 1:9] = h
    return out


ATTENTION = {"q": (8, 12), "k": (8, 6), "v": (8, 6)}

OPERATORS: dict[str, Around] = {
    "convolution": layer(lambda: nn.Conv2d(8, 8, 3, padding=1), (8, 8)),
    "dilated": layer(lambda: nn.Conv2d(8, 8, 3, padding=2, dilation=2), (8, 8)),
    "circular": layer(lambda: nn.Conv2d(8, 8, 3, padding=1, padding_mode="circular"), (8, 8)),
    "reflecting": layer(lambda: nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"), (8, 8)),
    "transposed": layer(lambda: nn.ConvTranspose2d(8, 8, 3), (8, 8)),
    "transposed, strided": layer(lambda: nn.ConvTranspose2d(8, 8, 2, stride=2), (8, 8)),
    "transposed in groups": layer(lambda: nn.ConvTranspose2d(8, 8, 3, groups=2), (2, 4, 4)),
    "transposed, depthwise": layer(lambda: nn.ConvTranspose2d(8, 8, 3, groups=8), (8,)),
    "transposed, raw": Around(
        lambda s, h: torch.convolution(
            h.relu(), s.w, None, [1, 1], [0, 0], [1, 1], True, [0, 0], 1
        ),
        (8, 8),
        image=True,
        layers=weight(8, 8, 3, 3),
    ),
    "raw": Around(
        lambda s, h: torch.convolution(
            h.relu(), s.w, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1
        ),
        (8, 8),
        image=True,
        layers=weight(8, 8, 3, 3),
    ),
    "multiplied depthwise": layer(lambda: nn.Conv2d(8, 16, 3, groups=8), (8, 2), 16),
    "in groups": layer(lambda: nn.Conv2d(8, 8, 3, groups=2), (2, 4, 4)),
    "batch norm without parameters": layer(lambda: nn.BatchNorm2d(8, affine=False), (8,)),
    "group norm of single channels": layer(lambda: nn.GroupNorm(8, 8), (8,)),
    "group norm of all channels": layer(lambda: nn.GroupNorm(1, 8), (8,)),
    "layer norm of images": layer(lambda: nn.LayerNorm([8, 6, 6]), (8,)),
    "layer norm of positions": layer(lambda: nn.LayerNorm([6, 6]), (8,)),
    "local response norm": layer(lambda: nn.LocalResponseNorm(3), ()),
    "slopes": layer(lambda: nn.PReLU(8), (8,)),
    "pooled up": layer(lambda: nn.MaxPool2d(3, ceil_mode=True), (8,)),
    "pooled to 2": layer(lambda: nn.AdaptiveAvgPool2d(2), (8,)),
    "maxima": layer(lambda: nn.AdaptiveMaxPool2d((3, 1)), (8,)),
    "powers": layer(lambda: nn.LPPool2d(2, 2), (8,)),
    "enlarged": layer(lambda: nn.Upsample(scale_factor=2, mode="bilinear"), (8,)),
    "nearest": layer(lambda: nn.UpsamplingNearest2d(scale_factor=2), (8,)),
    "shuffled pixels": layer(lambda: nn.PixelShuffle(2), (2,), 2),
    "gathered pixels": layer(lambda: nn.PixelUnshuffle(2), (8,), 32),
    "shuffled channels": layer(lambda: nn.ChannelShuffle(2), (2, 4)),
    "patches": image(lambda h: F.unfold(h, 2).unflatten(-1, (5, 5)), (8,), 32),
    "unpatched": image(lambda h: F.fold(F.unfold(h, 2), (6, 6), 2), (8,)),
    "pooled over channels": image(
        lambda h: F.avg_pool1d(h.permute(0, 2, 3, 1).flatten(1, 2), 2).mT.unflatten(-1, (6, 6)),
        (),
        4,
    ),
    "padded channels": image(lambda h: F.pad(h, (0, 0, 0, 0, 1, 2)), (8,), 11),
    "reflected": image(lambda h: F.pad(h, (1, 1, 1, 1), "replicate"), (8,)),
    "softmax of units": units(lambda h: h.softmax(-1), (8,)),
    "softmax of positions": units(lambda h: h.log_softmax(1), (8,)),
    "sum so far of units": units(lambda h: h.cumsum(-1), ()),
    "sum so far of positions": units(lambda h: h.cumsum(1), (8,)),
    "sorted units": units(lambda h: h.sort(-1).values, ()),
    "sorted positions": units(lambda h: h.sort(1).values, (8,)),
    "largest units": units(lambda h: h.topk(3).values, (), 3),
    "largest positions": units(lambda h: h.topk(3, dim=1).values, (8,)),
    "place of the largest": units(lambda h: h + h.argmax(-1, keepdim=True), ()),
    "largest place of positions": units(lambda h: h + h.argmax(1, keepdim=True), (8,)),
    "largest over units": units(lambda h: h - h.max(-1, keepdim=True).values, (8,)),
    "place beside the largest": units(lambda h: h + h.max(-1, keepdim=True).indices, ()),
    "median": units(lambda h: h - h.median(-1, keepdim=True).values, (8,)),
    "flipped": units(lambda h: h.flip(-1), ()),
    "flipped positions": units(lambda h: h.flip(1), (8,)),
    "rolled": units(lambda h: h.roll(1, -1), ()),
    "rolled as one": units(lambda h: h.roll(1), ()),
    "squared triangle": Around(lambda s, h: h @ s.w.triu(), (), layers=weight(8, 8)),
    "norm": units(lambda h: h / h.norm(dim=-1, keepdim=True), (8,)),
    "variance": units(lambda h: h / h.var(-1, keepdim=True).sqrt(), (8,)),
    "log of sums": units(lambda h: h - h.logsumexp(-1, keepdim=True), (8,)),
    "glu": units(lambda h: F.glu(h), (4,), 4),
    "selected": units(lambda h: h.index_select(-1, torch.tensor([7, 0, 1])), (3,), 3),
    "a run by number": units(lambda h: h[..., [-3, -2, -1]], (3,), 3),
    "reordered by number": units(lambda h: h + h[..., [1, 0, *range(2, 8)]], ()),
    "one twice by number": units(lambda h: h[..., [0, 1, 1]], (), 3),
    "positions as channels": Around(
        lambda s, h: s.b(s.a(h).relu()),
        (8, 6),
        layers=lambda: {"a": nn.Conv1d(5, 6, 1), "b": nn.Conv1d(6, 5, 1)},
    ),
    "positions as channels, in both directions": Around(
        lambda s, h: s.b(s.a(h).relu()),
        (8, 6),
        layers=lambda: {"a": nn.Conv1d(5, 6, 1), "b": nn.ConvTranspose1d(6, 5, 1)},
    ),
    "positions as channels, every other unit": Around(
        lambda s, h: s.b(h), (), 4, layers=lambda: {"b": nn.Conv1d(5, 5, 1, stride=2)}
    ),
    "positions as channels, three units at a time": Around(
        lambda s, h: s.b(h), (), layers=lambda: {"b": nn.Conv1d(5, 5, 3, padding=1)}
    ),
    "gathered": units(lambda h: h.gather(1, torch.ones(h.shape).long()), (8,)),
    "gathered units": units(lambda h: h.gather(2, torch.ones(h.shape).long()), ()),
    "bounded by a tensor": with_weight(lambda h, w: h.clamp(min=w), (8,), (8,)),
    "chosen": with_weight(lambda h, w: torch.where(h > 0, h, w), (8,), (8,)),
    "filled": units(lambda h: h.masked_fill(h < 0, 0.3), (8,)),
    "lerp": with_weight(lambda h, w: h.lerp(w, 0.3), (8,), (8,)),
    "addmm": with_weight(
        lambda h, w: torch.addmm(h.flatten(0, 1), h.flatten(0, 1), w, beta=0.5).view(h.shape),
        (8, 8),
        (8,),
    ),
    "baddbmm": with_weight(
        lambda h, w: torch.baddbmm(h, h, w.expand(len(h), 8, 8), alpha=0.5), (8, 8), (8,)
    ),
    "einsum": with_weight(lambda h, w: torch.einsum("btc,cd->btd", h, w), (8, 6), (8, 6), 6),
    "einsum without arrow": with_weight(
        lambda h, w: torch.einsum("abz,cz", h, w), (6, 8), (8, 6), 6
    ),
    "einsum with dots": with_weight(
        lambda h, w: torch.einsum("...c,dc->...d", h, w), (6, 8), (8, 6), 6
    ),
    "einsum of a diagonal": with_weight(lambda h, w: torch.einsum("btc,cc->btc", h, w), (8, 8), ()),
    "einsum of three": with_weight(
        lambda h, w: torch.einsum("bti,bui,io->bto", h, h, w), (8, 6), (8, 6), 6
    ),
    "bilinear": Around(
        lambda s, h: s.m(h, h.tanh()), (8, 6), 6, layers=lambda: {"m": nn.Bilinear(8, 8, 6)}
    ),
    "batched product": units(lambda h: h @ (h.mT @ h), (8,)),
    "product with itself": units(lambda h: h @ h.mT, (8,), 5),
    "shared heads": Around(
        attended,
        (8, 2, 2, 3, 3),
        12,
        layers=lambda: {name: nn.Linear(*sizes) for name, sizes in ATTENTION.items()},
    ),
    "causal attention": Around(
        causal, (8, 8), layers=lambda: {"k": nn.Linear(8, 8), "v": nn.Linear(8, 8)}
    ),
    "attention with a mask": Around(
        masked,
        (8, 8),
        layers=lambda: {"k": nn.Linear(8, 8), "v": nn.Linear(8, 8), **weight(5, 5)()},
    ),
    "complex": units(
        lambda h: torch.view_as_real(torch.view_as_complex(h.unflatten(-1, (4, 2))) ** 2).flatten(
            2
        ),
        (4,),
    ),
    "assigned": Around(assigned, (8,), 10),
    "shape alone": units(lambda h: h + torch.zeros_like(h).flip(-1), (8,)),
    "new tensor": units(lambda h: h + h.new_ones(h.shape[-1]), (8,)),
    "expanded as": with_weight(lambda h, w: h * w.expand_as(h), (8,), (8,)),
    "repeated": units(lambda h: h.repeat(1, 1, 2), (8, 2), 16),
    "interleaved": units(lambda h: h.repeat_interleave(2, -1), (8, 2), 16),
    "windows": units(lambda h: h.unfold(1, 2, 1).sum(-1)[:, :5].repeat(1, 2, 1)[:, :5], (8,)),
    "strided": units(lambda h: h[..., 1::3], (3,), 3),
    "dead code": units(lambda h: (torch.renorm(h, 2, 0, 1.0), h)[1], (8,)),
    "sampled": image(
        lambda h: F.grid_sample(h, torch.zeros(len(h), 4, 4, 2) + 0.3, align_corners=False), (8,)
    ),
}
