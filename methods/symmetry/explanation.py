"""Which axes of a symmetry stay as they are, and what pins them."""

from collections.abc import Iterator
from dataclasses import dataclass

from .axes import Symmetry
from .pin import Pin


@dataclass(frozen=True)
class Explanation:
    """Every run of positions that no group moves; `str` gives a table, one line for each."""

    pins: tuple[Pin, ...]

    def __iter__(self) -> Iterator[Pin]:
        return iter(self.pins)

    def __len__(self) -> int:
        return len(self.pins)

    def __str__(self) -> str:
        if not self.pins:
            return "every axis moves"
        rows = [
            (pin.name, f"axis {pin.dim}", str(pin.size), pin.why, _place(pin)) for pin in self.pins
        ]
        heads = ("tensor", "axis", "stay", "because of", "where")
        widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (heads, *rows)
        )
        return "\n".join(lines)


def explain(symmetry: Symmetry) -> Explanation:
    """The axes of `symmetry` that stay, each with the operator and module that pin it.

    Print the result, or walk over its `Pin`s. Axes of a single position, which cannot move, are
    left out. Of a symmetry written by hand nothing more is known than that its specification
    keeps an axis.
    """
    if symmetry.pins is not None:
        return Explanation(symmetry.pins)
    pins = [
        Pin(name, dim, axis.size, "the specification")
        for name, axes in symmetry.axes.items()
        for dim, axis in enumerate(axes)
        if axis.size > 1 and not axis.groups
    ]
    return Explanation(tuple(pins))


def _place(pin: Pin) -> str:
    return " of ".join(word for word in (pin.operator, pin.module) if word)
