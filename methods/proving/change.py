"""How far outputs changed, as one number."""

from collections.abc import Sequence

import torch
from torch import Tensor


def largest_change(before: Sequence[Tensor], after: Sequence[Tensor]) -> float:
    """The largest relative change of any output; infinite where shapes or infinities differ."""
    if [t.shape for t in before] != [t.shape for t in after]:
        return float("inf")
    return max((_relative(a, b) for a, b in zip(before, after, strict=True)), default=0.0)


def _relative(a: Tensor, b: Tensor) -> float:
    """Their largest difference, relative to how much `a` varies along its first dimension."""
    if not a.numel():
        return 0.0
    if not a.is_floating_point():
        return 0.0 if torch.equal(a, b) else float("inf")
    a, b = a.double(), b.double()
    finite = a.isfinite()
    if not torch.equal(finite, b.isfinite()) or not torch.equal(a[~finite], b[~finite]):
        return float("inf")  # also where anything is not a number
    a, b = a.where(finite, 0.0), b.where(finite, 0.0)
    largest = float(a.abs().max())
    varies = float((a - a.mean(0)).abs().max()) if a.ndim and len(a) > 1 else 0.0
    scale = max(varies, largest / 1000) if varies else largest
    difference = float((a - b).abs().max())
    return difference / scale if scale else (0.0 if difference == 0 else float("inf"))
