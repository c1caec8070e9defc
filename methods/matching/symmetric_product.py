"""Products of a matrix with its own transpose, half of whose numbers need not be computed."""

import torch
from torch import Tensor

SMALLEST = 128
"""So many rows are multiplied whole: halves of so small a product would be no faster."""


def add_upper(total: Tensor, rows: Tensor, sign: int = 1) -> None:
    """Add the inner products of all `rows` (n, d) to the upper triangle of `total` (n, n).

    What this leaves below the diagonal means nothing; `mirrored` makes it good. With a `sign` of -1
    they are subtracted.
    """
    half = len(rows) // 2
    if len(rows) <= SMALLEST:
        total.addmm_(rows, rows.T, alpha=sign)
        return
    add_upper(total[:half, :half], rows[:half], sign)
    add_upper(total[half:, half:], rows[half:], sign)
    total[:half, half:].addmm_(rows[:half], rows[half:].T, alpha=sign)


def mirrored(total: Tensor) -> Tensor:
    """The symmetric matrix with the upper triangle of `total` (n, n)."""
    return torch.triu(total) + torch.triu(total, 1).T
