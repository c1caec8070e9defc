"""What a rule for an operator is given, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..factors import Expression
from ..tensors import AbstractTensor, ParameterAxis


class UnsupportedError(Exception):
    """An operator, or a way to call it, of which no symmetry is known."""


@dataclass
class Call:
    """One operator applied: arguments by their names in its schema, the shapes of its results.

    A rule may tie and pin what it is given. It reports weight axes that are contracted with
    incoming activations by `read`, and every axis whose positions are summed over or seen together
    by `absorb`. `used`: which of the results anything makes use of.
    """

    name: str
    args: Mapping[str, Any]
    shapes: tuple[tuple[int, ...], ...]
    used: frozenset[int] = frozenset()
    reads: set[ParameterAxis] = field(default_factory=set)
    absorbed: list[Expression] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        return self.args[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.args.get(name, default)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the first result."""
        return self.shapes[0]

    @property
    def values(self) -> tuple[AbstractTensor, ...]:
        """Every tensor among the arguments, also those in lists, in their order."""
        found: list[AbstractTensor] = []
        for argument in self.args.values():
            items = argument if isinstance(argument, (list, tuple)) else [argument]
            found.extend(item for item in items if isinstance(item, AbstractTensor))
        return tuple(found)

    def read(self, value: AbstractTensor, dim: int) -> None:
        """Note that `dim` of `value` is contracted with what comes in."""
        if value.origins is not None:
            self.reads |= value.origins[dim]

    def absorb(self, *axes: Expression) -> None:
        """Note that all positions of `axes` matter for the result, which does not have them."""
        self.absorbed.extend(axes)


Result = AbstractTensor | tuple[AbstractTensor, ...]
Rule = Callable[[Call], Result]
"""What a known operator does: the results' dimensions, after the ties that make them true."""
