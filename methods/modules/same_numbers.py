"""Whether two tensors are one to whoever reads their numbers."""

import torch
from torch import Tensor


def same_numbers(a: Tensor, b: Tensor) -> bool:
    """Whether `a` and `b` have one type, one shape and the same numbers; NaN is the same as NaN."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return torch.equal(a, b) or bool(((a == b) | ((a != a) & (b != b))).all())
