"""Recurrent classifiers, which read an image row by row, from top to bottom."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from ...checked_fields import PositiveInt
from .base import Architecture


@dataclass(frozen=True)
class RowLSTM(Architecture):
    """An LSTM of `depth` layers with `width` units each, and a linear head on its last output.

    An image of `height` rows is a sequence of as many vectors, each a row of all channels: MNIST
    and Fashion-MNIST are 28 vectors of 28, the digits 8 of 8.
    """

    kind: ClassVar[str] = "lstm"

    width: PositiveInt = 64
    depth: PositiveInt = 1

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        channels, _, columns = shape
        reader = nn.LSTM(channels * columns, self.width, self.depth, batch_first=True)
        return _RowReader(reader, self.width, classes)


@dataclass(frozen=True)
class RowGRU(Architecture):
    """The same with a GRU."""

    kind: ClassVar[str] = "gru"

    width: PositiveInt = 64
    depth: PositiveInt = 1

    def layers(self, shape: tuple[int, int, int], classes: int) -> nn.Module:
        channels, _, columns = shape
        reader = nn.GRU(channels * columns, self.width, self.depth, batch_first=True)
        return _RowReader(reader, self.width, classes)


class _RowReader(nn.Module):
    def __init__(self, reader: nn.LSTM | nn.GRU, width: int, classes: int):
        super().__init__()
        self.reader = reader
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.transpose(1, 2).flatten(2)
        outputs, _ = self.reader(rows)
        return self.head(outputs[:, -1])
