"""What each ATen operator does to the axes of its arguments: one rule an operator."""

from collections.abc import Mapping

from . import (
    contraction,
    layout,
    matrices,
    pointwise,
    products,
    recurrent,
    scattering,
    similarities,
    slices,
    spectral,
)
from .call import Rule

RULES: Mapping[str, Rule] = {
    **contraction.RULES,
    **layout.RULES,
    **slices.RULES,
    **pointwise.RULES,
    **recurrent.RULES,
    **products.RULES,
    **similarities.RULES,
    **matrices.RULES,
    **spectral.RULES,
    **scattering.RULES,
}
"""Name, without ATen's namespace, overload and the underscore of in-place forms -> rule."""
