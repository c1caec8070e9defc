"""Positions that stay, and what keeps them there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pin:
    """`size` positions of dimension `dim` of tensor `name` that stay, and what keeps them there.

    `why`: the input, the output, a constant, the order of positions that an operator tells apart.
    `operator` and `module` say where that was met first.
    """

    name: str
    dim: int
    size: int
    why: str
    operator: str = ""
    module: str = ""
