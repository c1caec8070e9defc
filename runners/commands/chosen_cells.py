"""Which cells the options of `basinbench run` choose, and in whose table they stand."""

from argparse import Namespace
from collections.abc import Callable
from typing import NamedTuple

from ...errors import UserError
from ..cells.transfer import AnyCell
from ..grids.files import check_name, grid_in
from ..grids.named import Grid
from ..grids.named import grid as find_grid
from ..grids.told_apart import demand_told_apart
from .filters import FILTERS, select_cells


class ChosenCells(NamedTuple):
    """The cells to run, the name of their table, and all the cells that stand in it.

    `grid` is the one that they are all of; `None` where they are some, or others. `further` makes
    those of looks that are not asked for, whose rows are the table's own, whoever measured them.
    """

    cells: list[AnyCell]
    table: str
    whole: list[AnyCell]
    grid: Grid | None = None
    further: Callable[[], list[AnyCell]] = list


def chosen_cells(options: Namespace) -> ChosenCells:
    """What a grid, or a grid file, and the filters choose.

    A grid's own table holds its own cells alone: where the filters add others, and where a name is
    given, all that is chosen stands in a table of that name. Raises `UserError` for what is not
    known, and for cells that no table could tell apart.
    """
    grid = _grid(options)
    cells = select_cells(grid, {name: getattr(options, name) for name in FILTERS})
    demand_told_apart(cells)
    whole = grid.cells()
    if options.name is None and set(cells) <= set(whole):
        # Of tens of thousands of cells the keys alone take most of a minute.
        return ChosenCells(
            cells,
            grid.name,
            grid.cells(options.looks),
            grid if set(cells) == set(whole) else None,
            lambda: grid.cells(1 + len(grid.looks)),
        )
    name = options.name or f"{grid.name}-own"
    check_name(name)
    return ChosenCells(cells, name, cells)


def _grid(options: Namespace) -> Grid:
    if options.grid_file is None:
        return find_grid(options.grid or "quick")
    if options.grid is not None:
        raise UserError(
            f"name a grid ({options.grid}) or give the file of one ({options.grid_file}), not both"
        )
    return grid_in(options.grid_file)
