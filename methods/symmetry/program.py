"""A forward pass that shows what methods on activations look at."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, Protocol

from torch import Tensor

When = Literal["before", "after"]
"""Activations before or after the nonlinearity."""


class ActivationProgram(Protocol):
    """A forward pass that shows the activations of every group; `trace` makes one."""

    def seen(
        self, params: Mapping[str, Tensor], x: Any, when: When = "after"
    ) -> dict[str, list[Tensor]]:
        """Group -> (units, samples) at each place where it is seen, in order of execution."""
        ...

    def activations(
        self, params: Mapping[str, Tensor], x: Any, when: When = "after"
    ) -> dict[str, Tensor]:
        """Group -> (units, samples), the samples of several places one after another."""
        ...

    def difference(
        self, other: object, left: frozenset[str], widths: Collection[tuple[int, int]]
    ) -> str | None:
        """Where another program computes something else, in words; `None` where not known.

        Nothing of the tensors `left` to each network is compared; `widths` are those of groups in
        this one and the other.
        """
        ...

    def covers(self, x: Any) -> bool:
        """Whether it is known what the network computes with inputs of the form of `x`.

        Raises `UserError` where it does not take arguments of these names.
        """
        ...

    def apart(self) -> "ActivationProgram":
        """The same, with units within others told apart: (outer x units, samples)."""
        ...
