"""The ATen operators whose symmetries are known: one table, gathered from its families."""

from collections.abc import Mapping

from . import operators_contraction, operators_layout, operators_pointwise, operators_slices
from .operator_call import Rule

RULES: Mapping[str, Rule] = {
    **operators_contraction.RULES,
    **operators_layout.RULES,
    **operators_slices.RULES,
    **operators_pointwise.RULES,
}
"""Operator name, without namespace, overload and the underscore of in-place forms -> rule."""
