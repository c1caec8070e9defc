"""Whether two exported graphs compute one function of their tensors, and where they differ."""

from collections.abc import Callable, Collection
from functools import partial
from math import isclose
from typing import Any, TypeGuard

import torch
from torch import Tensor

from ..export import Exported
from .steps import Lifted, Size, Step, Tensors, steps_of

_SIZES = {"size", "sizes", "shape", "normalized_shape", "output_size", "split_size", "split_sizes"}
_SIZES |= {"start", "end", "length", "repeats", "pad", "shifts", "steps", "n", "m", "N", "C", "HxW"}
"""Arguments that are sizes of tensors, or positions in them."""

_BY_WIDTH = {"groups", "other", "value", "scalar"}
"""Arguments of whole numbers that may follow from a width: one group a channel, a mean's divisor.
Real numbers may wherever they stand, as the scale of attention does."""

_POWERS = (1, 0.5, -0.5, -1)
"""How they do: 1/n is that of a mean, 1/sqrt(n) that of attention."""


def difference(
    first: Exported, second: Exported, left: frozenset[str], widths: Collection[tuple[int, int]]
) -> str | None:
    """Where `second` computes something else than `first`, in words; `None` if nowhere.

    Compared are operators, their arguments, and the constants that are in no `state_dict`; not the
    tensors themselves, and nothing of what is `left` to each network. Where tensors or inputs have
    other shapes, sizes may differ too; and where `widths`, of a group in the first and the second,
    do, so may numbers that are to each other as these or their roots.
    """
    sizes = first.form == second.form and first.state == second.state
    ratios = {a / b for a, b in widths if a != b}
    own, other = (steps_of(each, left, sizes) for each in (first, second))
    for a, b in zip(own, other, strict=False):
        if a.operator != b.operator:
            return f"{_called(a)} in one is {_called(b)} in another"
        for name in a.arguments:
            alike = partial(_alike, name=name, sizes=sizes, ratios=ratios)
            if not alike(x := a.arguments[name], y := b.arguments.get(name)):
                return _told(a, name, x, y, alike)
    if len(own) != len(other):
        longer, count = max(own, other, key=len), min(len(own), len(other))
        return f"one goes on where another ends, with {_called(longer[count])}"
    return None


def _alike(a: Any, b: Any, name: str, sizes: bool, ratios: Collection[float]) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        every = zip(a, b, strict=False)
        return len(a) == len(b) and all(_alike(x, y, name, sizes, ratios) for x, y in every)
    if isinstance(a, Tensors) and isinstance(b, Tensors):  # what is tied in the second may be
        return set(a.names) <= set(b.names)  # two in the first, and not the other way round
    if isinstance(a, Lifted) and isinstance(b, Lifted):
        return _equal(a.value, b.value)
    if not sizes and _is_size(a, name) and _is_size(b, name):
        return True
    if type(a) is type(b) and a == b:
        return True
    return _is_number(a) and _is_number(b) and _follow(a, b, name, ratios)


def _follow(a: float, b: float, name: str, ratios: Collection[float]) -> bool:
    """Whether two numbers are what two widths make of one formula."""
    if not (a and b) or (isinstance(a, int) and isinstance(b, int) and name not in _BY_WIDTH):
        return a == b
    return a == b or any(isclose(a / b, r**p, rel_tol=1e-6) for r in ratios for p in _POWERS)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_size(value: Any, name: str) -> bool:
    return isinstance(value, Size) or (name in _SIZES and isinstance(value, int))


def _equal(a: Tensor, b: Tensor) -> bool:
    """Whether two constants are equal; computed in another precision, to rounding."""
    if a.shape != b.shape or a.is_floating_point() != b.is_floating_point():
        return False
    if a.is_meta or b.is_meta:
        return a.is_meta == b.is_meta
    a, b, rounding = a.detach().cpu(), b.detach().cpu(), 0.0 if a.dtype == b.dtype else 1e-6
    if not a.is_floating_point():
        return torch.equal(a, b)
    return torch.allclose(a.double(), b.double(), rtol=rounding, atol=rounding, equal_nan=True)


def _called(step: Step) -> str:
    """The operator, and the module that calls it."""
    return f"{step.operator} in {step.module!r}" if step.module else step.operator


def _told(step: Step, name: str, a: Any, b: Any, alike: Callable[[Any, Any], bool]) -> str:
    """An argument that differs, in words; of several values the first that does."""
    several = isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b)
    if several and not all(map(_is_number, (*a, *b))):
        a, b = next((x, y) for x, y in zip(a, b, strict=True) if not alike(x, y))
    if isinstance(a, Lifted) and isinstance(b, Lifted):
        return f"the constant {a.label!r} has other values in one than in another"
    if all(v is None or isinstance(v, (int, float, str, tuple)) for v in (a, b)):
        return f"{name} of {_called(step)} is {a} in one and {b} in another"
    return f"{name} of {_called(step)} is not the same in one and in another"
