"""Cells whose networks are brought together by maps that were found on other networks."""

from dataclasses import dataclass
from typing import ClassVar

from ..training.checkpoints import Endpoint
from .agreement import AgreementCell
from .fidelity import FidelityCell
from .merge import Cell
from .planted import PlantedCell
from .worked_example import ExampleCell


@dataclass(frozen=True)
class TransferCell(Cell):
    """A cell whose method aligns the networks `elsewhere`, and whose own are then moved alike.

    The networks elsewhere stand in the same order, of the same architecture: the same ones at a
    later epoch (Benzing et al. 2022), say. Where they are more, the last of them are the cell's
    own: of three aligned together, the line between the second and the third. `by` says in a few
    words where the maps come from. Raises `ValueError` for fewer networks elsewhere.
    """

    kind: ClassVar[str] = "transfer"

    elsewhere: tuple[Endpoint, ...] = ()
    by: str = ""

    def __post_init__(self):
        super().__post_init__()
        if len(self.elsewhere) < len(self.endpoints):
            raise ValueError("maps for each network of the cell have to be found elsewhere")

    @property
    def learned_on(self) -> tuple[Endpoint, ...]:
        return self.elsewhere

    @property
    def maps_from(self) -> str:
        return self.by


Probe = PlantedCell | AgreementCell | ExampleCell | FidelityCell
"""A cell that merges nothing; `endpoints` are the networks that it needs."""

AnyCell = Cell | Probe


def required_networks(cell: AnyCell) -> tuple[Endpoint, ...]:
    """Every network that has to be trained for `cell`, once."""
    elsewhere = cell.learned_on if isinstance(cell, Cell) else ()
    return tuple(dict.fromkeys((*cell.endpoints, *elsewhere)))
