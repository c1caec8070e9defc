"""Every kind of cell that a grid may have: merges, and questions asked without a merge."""

from .agreement import AgreementCell
from .cells import Cell
from .endpoints import Endpoint
from .examples import ExampleCell
from .planted import PlantedCell

Probe = PlantedCell | AgreementCell | ExampleCell
"""A cell that merges nothing; `endpoints` are the networks that it needs."""

AnyCell = Cell | Probe


def needs(cell: AnyCell) -> tuple[Endpoint, ...]:
    """Every network that has to be trained for `cell`, once."""
    elsewhere = cell.learned_on if isinstance(cell, Cell) else ()
    return tuple(dict.fromkeys((*cell.endpoints, *elsewhere)))
