"""A small decoder in GPT's form, which reads a sequence of symbols and says what comes next."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from ...checked_fields import PositiveInt
from ...errors import UserError
from .base import Architecture

SYMBOL_STD = 0.02
"""Standard deviation of new embeddings, GPT-2's: PyTorch's is 1, and little training moves that."""


@dataclass(frozen=True)
class GPT(Architecture):
    """Pre-norm decoder blocks with causal attention, learned positions, a linear head.

    Reads the levels of an image one after another, each as one of `symbols` equally spaced ones
    from 0 to 1, and gives the logits at the last place. `characters` are stored as such levels, so
    that every character is a symbol of its own; the digits have 17. The inputs have to be those of
    the recipes with `inputs="unit"`: what lies outside of 0 to 1 is taken for its nearer end. The
    hidden layer of a block is twice as wide as `width`.
    """

    kind: ClassVar[str] = "gpt"
    stated: ClassVar[tuple[str, ...]] = ("depth", "heads", "width")

    depth: PositiveInt = 2
    heads: PositiveInt = 4
    width: PositiveInt = 64
    symbols: PositiveInt = 50

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        if self.width % self.heads:
            raise UserError(f"{self.heads} heads do not share a width of {self.width} equally")
        channels, height, width = shape
        return _Decoder(self, channels * height * width, classes)


class _Decoder(nn.Module):
    def __init__(self, form: GPT, length: int, classes: int):
        super().__init__()
        self.symbols = _Embedding(form.symbols, form.width)
        self.positions = _Embedding(length, form.width)
        blocks = (_Block(form.width, form.heads) for _ in range(form.depth))
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(form.width)
        self.head = nn.Linear(form.width, classes)

    def forward(self, x: Tensor) -> Tensor:
        most = self.symbols.num_embeddings - 1
        levels = (x.flatten(1) * most).round().clamp(0, most).long()
        y = self.blocks(self.symbols(levels) + self.positions.weight)
        return self.head(self.norm(y[:, -1]))


class _Embedding(nn.Embedding):
    def reset_parameters(self) -> None:
        nn.init.normal_(self.weight, 0, SYMBOL_STD)


class _Block(nn.Module):
    """Attention and two dense layers, each behind a norm and beside a shortcut."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.attend = nn.Linear(width, 3 * width)
        self.project = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        shared = self.attend(self.norm1(x)).chunk(3, dim=-1)
        q, k, v = (y.unflatten(-1, (self.heads, -1)).transpose(1, 2) for y in shared)
        attended = scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.project(attended.transpose(1, 2).flatten(2))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))
