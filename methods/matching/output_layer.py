"""The layer that writes the classes, for methods that move these as if they were units."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..base import Alignment
from ..symmetry.axes import Params, Symmetry
from ..symmetry.maps import Map, Permutation
from .chain import bias_of


@dataclass(frozen=True, eq=False)
class ClassesMoved(Alignment):
    """An alignment that moves the classes too: of each network by one of `classes`, in order.

    They are written by the weight `output` and its bias.
    """

    output: str = ""
    classes: tuple[Map, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether no class is moved either."""
        return super().is_exact and all(
            isinstance(m, Permutation) and m == Permutation.identity(m.units) for m in self.classes
        )

    def moved(self, networks: Sequence[Params]) -> tuple[Params, ...]:
        """The `networks`, whose units are in the common basis, with their classes moved."""
        names = (self.output, bias_of(self.output))
        return tuple(
            {n: m.apply(w, 0, reads=False) if n in names else w for n, w in params.items()}
            for params, m in zip(networks, self.classes, strict=True)
        )


def output_weight(symmetry: Symmetry) -> str | None:
    """The name of the last matrix that reads units and writes none; `None` where there is none."""
    found = None
    for name, axes in symmetry.axes.items():
        if len(axes) == 2 and not axes[0].reads and not axes[0].groups and axes[1].groups:
            found = name
    return found
