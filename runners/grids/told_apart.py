"""Whether the tables tell the cells of a grid apart: rows of one description would be one mean."""

from collections.abc import Iterable

from ...errors import UserError
from ..cells.transfer import AnyCell, TransferCell


def demand_told_apart(cells: Iterable[AnyCell]) -> None:
    """`UserError` where cells differ in the networks alone on which their maps are found.

    Tables have no more of these than the words of `by`; all else that a cell is stands in them.
    """
    seen: dict[object, TransferCell] = {}
    for cell in cells:
        if not isinstance(cell, TransferCell):
            continue
        described = (cell.endpoints, cell.method, cell.finish, cell.seed, cell.points, cell.by)
        if (other := seen.setdefault(described, cell)) != cell:
            raise UserError(
                f"the maps of two cells come from different networks, both called {other.by!r}: "
                "give each block that transfers maps words of its own in `by`"
            )
