"""Layers and forward passes of the small networks, each with one thing to get wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Small:
    """How to build a network, the shape of its batches, the sizes of its groups in order."""

    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    groups: tuple[int, ...]


class Net(nn.Module):
    """Named layers and a function of them and the input."""

    def __init__(self, forward: Callable[..., Tensor], **layers: nn.Module | nn.Parameter):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)
        self.function = forward

    def __getattr__(self, name: str) -> Any:
        return super().__getattr__(name)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self, x)


class Residual(nn.Module):
    """x + f(x)."""

    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each position, by hand."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        x = (x - x.mean(1, keepdim=True)) * (x.var(1, correction=0, keepdim=True) + 1e-6).rsqrt()
        return x * self.weight[:, None, None] + self.bias.view(1, -1, 1, 1)


class Attention(nn.Module):
    """Self-attention with one matrix for queries, keys and values, written out."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        b, n, c = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        weights = (q * (c // self.heads) ** -0.5 @ k.transpose(-2, -1)).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(b, n, c))


def tied() -> nn.Module:
    """Two layers share a matrix; a third is undone by its own transpose."""
    net = Net(
        lambda s, x: s.head(F.linear(s.down(s.a(x).tanh() - s.twin(x).tanh()), s.down.weight.T)),
        a=nn.Linear(7, 5),
        twin=nn.Linear(7, 5),
        down=nn.Linear(5, 4),
        head=nn.Linear(5, 3),
    )
    net.twin.weight = net.a.weight
    return net


def shuffled(net: Net, x: Tensor) -> Tensor:
    """Two branches, their channels interleaved, cut in halves again."""
    x = torch.cat([net.a(x), net.b(x)], 1)
    n, c, h, w = x.shape
    x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)
    left, right = x.relu().chunk(2, 1)
    return net.head(torch.cat([left, net.c(right)], 1).mean((2, 3)))


def in_place(net: Net, x: Tensor) -> Tensor:
    """Overwritten values, and a result that is the overwritten argument."""
    y = net.a(x)
    F.relu(y, inplace=True)
    z = net.b(y)
    z += y
    z[:, 2:].mul_(2)
    return net.head(z.clamp_(max=1.0))


def picked(net: Net, x: Tensor) -> Tensor:
    """One unit is told from the others, and two from the rest."""
    h = net.a(x).tanh()
    return net.head(h * h[:, 3:4]) + h[:, 0].unsqueeze(1) * h[:, 4:6].sum(1, keepdim=True)


def ordered(change: Callable[[Tensor], Tensor]) -> nn.Module:
    """A hidden layer whose units `change` tells apart by their number."""
    return Net(lambda s, x: s.b(change(s.a(x).tanh())), a=nn.Linear(7, 6), b=nn.Linear(6, 3))


def static(net: Net, x: Tensor) -> Tensor:
    """A graph for one size of batch alone."""
    return torch.stack([net.b(net.a(image).relu()) for image in x])
