"""Networks around operators on indices, pairs of rows, spectra and matrices."""

from collections.abc import Callable
from functools import cache
from inspect import signature

import torch
import torch.nn.functional as F
from expert_networks import EXPERTS
from small_layers import Net
from small_networks import IMAGES, ROWS, Small
from torch import Tensor, nn

from basinbench.methods.symmetry.axes import Symmetry
from basinbench.methods.tracing.trace import trace

STEPS = (3, 5, 4)
"""Batch, steps, inputs."""


def _parameter(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.ones(shape))


def _hidden(
    change: Callable[..., Tensor],
    width: int = 6,
    read: int = 6,
    **layers: Callable[[], nn.Module | nn.Parameter],
) -> Small:
    """A hidden layer `h` (batch, steps, 6), whatever `change` makes of it, and a head.

    `change` may also ask for the network `s` and for its input `x`.
    """
    asked = signature(change).parameters

    def forward(s: Net, x: Tensor) -> Tensor:
        known = {"h": s.a(x).tanh(), "s": s, "x": x}
        return s.head(change(**{name: known[name] for name in asked}))

    return Small(
        lambda: Net(
            forward,
            a=nn.Linear(4, width),
            head=nn.Linear(read, 3),
            **{name: build() for name, build in layers.items()},
        ),
        STEPS,
        (width,),
    )


def _groups(small: Small, *groups: int) -> Small:
    return Small(small.build, small.shape, groups)


def _shared_heads(net: Net, x: Tensor) -> Tensor:
    """Four heads of queries, two of keys and values."""
    q = net.q(x).unflatten(-1, (4, 5)).transpose(1, 2)
    k, v = (layer(x).unflatten(-1, (2, 5)).transpose(1, 2) for layer in (net.k, net.v))
    y = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    return net.head(y.transpose(1, 2).flatten(2)).mean(1)


def _scattered(h: Tensor) -> Tensor:
    places = torch.tensor([2, 0, 1, 4, 3]).view(1, -1, 1).expand(len(h), -1, 6)
    return torch.zeros_like(h).scatter(1, places, h)[:, 0]


def _put(h: Tensor) -> Tensor:
    y = torch.zeros(len(h), 7, 6).to(h)
    y[:, [0, 3, 6, 1, 2]] = h
    y[h.new_ones(7, 6).bool().expand(len(h), -1, -1) & (y > 0.8)] = 0
    return y[:, 3]


def _put_across(h: Tensor) -> Tensor:
    y = torch.ones(len(h), 6).to(h)
    y[:, [3, 2, 5, 0, 1]] = h[:, 0, :5]
    return y * h[:, 1]


def _masked(h: Tensor, x: Tensor) -> Tensor:
    y = h.clone()
    y[x[..., 0] > 0] = 0
    return y.sum(1)


OPERATORS: dict[str, Small] = {
    "repeat_interleave": _groups(
        _hidden(lambda h: h.mean(1).repeat_interleave(2, 1), read=12), 6, 2
    ),
    "grouped-query attention": Small(
        lambda: Net(
            _shared_heads,
            q=nn.Linear(4, 20),
            k=nn.Linear(4, 10),
            v=nn.Linear(4, 10),
            head=nn.Linear(20, 3),
        ),
        STEPS,
        (2, 2, 5, 5),
    ),
    "embedding_bag": Small(
        lambda: Net(
            lambda s, x: s.head(s.a((x * 3).long().clamp(-3, 3) + 3).tanh()),
            a=nn.EmbeddingBag(7, 6),
            head=nn.Linear(6, 3),
        ),
        ROWS,
        (6,),
    ),
    "einsum with an ellipsis": _groups(
        _hidden(
            lambda h, s: torch.einsum("...i,oi->...o", h, s.w).relu().mean(1),
            read=5,
            w=lambda: _parameter(5, 6),
        ),
        6,
        5,
    ),
    "bilinear": _groups(
        _hidden(
            lambda h, s, x: s.f(h.mean(1), s.b(x).tanh().mean(1)).relu(),
            read=4,
            b=lambda: nn.Linear(4, 5),
            f=lambda: nn.Bilinear(6, 5, 4),
        ),
        6,
        5,
        4,
    ),
    "im2col and col2im": Small(
        lambda: Net(
            lambda s, x: s.head(
                F.fold(F.unfold(s.a(x).relu(), 2) * 2, (5, 5), 2).mean((2, 3))
                + F.unfold(s.a(x), 5).unflatten(1, (4, 25)).sum((2, 3))
            ),
            a=nn.Conv2d(2, 4, 2),
            head=nn.Linear(4, 3),
        ),
        IMAGES,
        (4,),
    ),
    "antialiased resizing": Small(
        lambda: Net(
            lambda s, x: s.head(
                F.interpolate(s.a(x).relu(), size=(3, 2), mode="bilinear", antialias=True)
                .sub(F.interpolate(s.a(x), size=(3, 2), mode="bicubic", antialias=True))
                .flatten(1)
            ),
            a=nn.Conv2d(2, 4, 2),
            head=nn.Linear(24, 3),
        ),
        IMAGES,
        (4,),
    ),
    "pad by less than nothing": _hidden(
        lambda h: F.pad(h, (0, 0, 1, -1)).sub(h)[:, 2] + F.pad(h, (0, 0, -4, 0))[:, 0]
    ),
    "pad that cuts units off": _groups(_hidden(lambda h: F.pad(h[:, 0], (1, -1)), read=6), 5),
    "index_add": _hidden(
        lambda h: (
            torch.zeros(len(h), 3, 6).to(h).index_add(1, torch.tensor([0, 2, 2, 1, 0]), h)[:, 2]
        )
    ),
    "index_add along the units": _groups(
        _hidden(
            lambda h: (
                torch.zeros(len(h), 6).to(h).index_add(1, torch.tensor([1, 0, 2, 2, 5, 3]), h[:, 0])
            )
        )
    ),
    "index_put along the units": _groups(_hidden(_put_across)),
    "scatter_add along the units": _groups(
        _hidden(lambda h: torch.zeros(len(h), 6).to(h).scatter_add(1, h.argsort(-1)[:, 0], h[:, 1]))
    ),
    "index_copy": _hidden(
        lambda h: torch.zeros_like(h).index_copy(1, torch.tensor([4, 2, 0, 1, 3]), h)[:, 2]
    ),
    "index_fill": _hidden(lambda h: h.index_fill(1, torch.tensor([0, 3]), 0.5).cumsum(1)[:, -1]),
    "scatter": _hidden(_scattered),
    "scatter_add": _hidden(
        lambda h: torch.zeros_like(h).scatter_add(
            1, torch.tensor([0, 1, 1, 0, 1]).view(1, 5, 1).expand(len(h), -1, 6), h
        )[:, 1]
    ),
    "scatter_reduce": _hidden(
        lambda h: torch.full_like(h, -2).scatter_reduce(
            1, torch.tensor([0, 1, 1, 0, 1]).view(1, 5, 1).expand(len(h), -1, 6), h, "amax"
        )[:, 1]
    ),
    "scatter of a number": _groups(
        _hidden(lambda h: h.mean(1).scatter(1, torch.zeros(len(h), 1).long(), 0.0))
    ),
    "gather": _hidden(lambda h, x: h.gather(1, x.argmax(1)[:, :1, None].expand(-1, -1, 6))[:, 0]),
    "gather along the units": _groups(_hidden(lambda h: h.mean(1).gather(1, h.argsort(-1)[:, 0]))),
    "index_put": _hidden(_put),
    "index_put by a mask": _hidden(_masked),
    "cosine_similarity": _groups(
        _hidden(
            lambda h, s: F.cosine_similarity(h.mean(1)[:, None], s.w[None], dim=-1),
            read=4,
            w=lambda: _parameter(4, 6),
        ),
        6,
        4,
    ),
    "cdist": _groups(
        _hidden(lambda h, s: torch.cdist(h, s.w).exp().mean(1), read=4, w=lambda: _parameter(4, 6)),
        6,
        4,
    ),
    "pairwise_distance": _hidden(
        lambda h: F.pairwise_distance(h[:, 1:], h[:, :-1], keepdim=True).sum(1) * h[:, 0]
    ),
    "fft along the steps": _hidden(lambda h: torch.fft.rfft(h, dim=1).abs()[:, 1]),
    "fft there and back": _hidden(
        lambda h: torch.fft.irfft(torch.fft.rfft(h, dim=1) * 1j, n=5, dim=1)[:, 2]
    ),
    "fft along the units": _groups(
        _hidden(lambda h: torch.fft.fft2(h).real.mean(1), width=6, read=6)
    ),
    "tensordot, inner, outer": _groups(
        _hidden(
            lambda h, s: (
                torch.tensordot(h, s.w, 1).relu().mean(1).inner(s.v)
                * torch.outer(s.u, s.u).sum(1)[None]
            ),
            read=4,
            w=lambda: _parameter(6, 5),
            v=lambda: _parameter(4, 5),
            u=lambda: _parameter(4),
        ),
        6,
        5,
        4,
    ),
    "multi_dot": _groups(
        _hidden(
            lambda h, s: torch.linalg.multi_dot([h.mean(1), s.w, s.v]),
            read=4,
            w=lambda: _parameter(6, 5),
            v=lambda: _parameter(5, 4),
        ),
        6,
        5,
        4,
    ),
    "diagonals": _hidden(
        lambda h, s: (torch.diag_embed(h.mean(1)) + h.transpose(1, 2) @ h + s.w).diagonal(
            dim1=1, dim2=2
        ),
        w=lambda: _parameter(6, 6),
    ),
    "inverse": _groups(
        _hidden(
            lambda h, s: h.mean(1) @ torch.linalg.inv(s.w.T @ s.w + s.v.square().diag_embed()),
            w=lambda: _parameter(5, 6),
            v=lambda: _parameter(6),
        ),
        6,
        5,
    ),
    "one_hot": _groups(_hidden(lambda h: F.one_hot(h.mean(1).argmax(1), 6) * h.mean(1))),
    **EXPERTS,
}


@cache
def around(name: str) -> tuple[nn.Module, Tensor, Symmetry]:
    """The network around an operator, inputs for it in float64, and its symmetry."""
    torch.manual_seed(0)
    module, x = OPERATORS[name].build(), torch.randn(OPERATORS[name].shape)
    return module, x.double(), trace(module, x)
