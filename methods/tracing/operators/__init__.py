"""What each ATen operator does to the axes of its arguments: one rule an operator."""

from collections.abc import Mapping

from . import contraction, layout, pointwise, recurrent, slices
from .call import Rule

RULES: Mapping[str, Rule] = {
    **contraction.RULES,
    **layout.RULES,
    **slices.RULES,
    **pointwise.RULES,
    **recurrent.RULES,
}
"""Operator name, without namespace, overload and the underscore of in-place forms -> rule."""
