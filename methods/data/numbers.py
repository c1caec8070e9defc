"""Whether inputs are numbers: what is none spoils every statistic, mostly without a word."""

from typing import Any

from torch import Tensor

from ...errors import UserError
from ..modules.forms import tensors_of


def of_numbers(x: Any) -> None:
    """`UserError` where the inputs `x` hold NaN, or are one tensor that holds infinities.

    Of several tensors some may be infinite, as masks of attention are.
    """
    for tensor in tensors_of(x):
        if not tensor.is_floating_point() or not tensor.numel():
            continue
        low, high = tensor.aminmax()  # one pass without a copy: NaN passes through
        infinite = isinstance(x, Tensor) and (low.isinf() | high.isinf())
        if low.isnan() or infinite:
            kind = "NaN" if low.isnan() else "infinite values"
            raise UserError(f"the data hold {kind}: mend the images or how they are normalised")
