"""Cells whose networks are brought together by maps that were found on other networks."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ..errors import UserError
from ..methods.base import Alignment, Problem
from .aligning import Aligned
from .cells import Cell
from .endpoints import Endpoint


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


def transferred(aligned: Aligned, problem: Problem) -> Aligned:
    """The maps of the last networks of `aligned`, for the networks of `problem`.

    Raises `UserError` where the alignment is a merge of the networks elsewhere, given whole.
    """
    if aligned.problem is problem:
        return aligned
    if aligned.alignment.merged is not None:
        raise UserError("the method gives the merge whole, so that there are no maps to carry over")
    maps = aligned.alignment.maps[-len(problem.networks) :]
    alignment = Alignment(maps, aligned.alignment.stats)
    return replace(aligned, problem=problem, alignment=alignment)
