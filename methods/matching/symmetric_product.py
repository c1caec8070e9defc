"""Products of a matrix with its own transpose, half of whose numbers need not be computed."""

import torch
from torch import Tensor

SMALLEST = 128
"""So many rows are multiplied whole: halves of so small a product would be no faster."""


def symmetric_product(rows: Tensor) -> Tensor:
    """(n, n): the inner products of all `rows` (n, d) with each other."""
    total = rows.new_zeros(len(rows), len(rows))
    add_upper(total, rows)
    return mirrored(total)


def add_upper(total: Tensor, rows: Tensor) -> None:
    """Add the inner products of all `rows` (n, d) to the upper triangle of `total` (n, n).

    What this leaves below the diagonal means nothing; `mirrored` makes it good.
    """
    half = len(rows) // 2
    if len(rows) <= SMALLEST:
        total.addmm_(rows, rows.T)
        return
    add_upper(total[:half, :half], rows[:half])
    add_upper(total[half:, half:], rows[half:])
    total[:half, half:].addmm_(rows[:half], rows[half:].T)


def mirrored(total: Tensor) -> Tensor:
    """The symmetric matrix with the upper triangle of `total` (n, n)."""
    return torch.triu(total) + torch.triu(total, 1).T
