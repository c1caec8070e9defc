"""The part of a grid that filters choose."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...datasets.catalogue import names as dataset_names
from ...errors import UserError, nearest
from ...methods.plugins.catalogue import methods
from ..cells.transfer import AnyCell
from ..finishes import finishes
from ..grids.named import Grid, grids
from ..keys import label_of


@dataclass(frozen=True)
class Filter:
    """A way to choose cells: the names under which a cell is found, and those known elsewhere."""

    kind: str
    of: Callable[[AnyCell], set[str]]
    elsewhere: Callable[[], Iterable[str]] = lambda: ()


FILTERS: Mapping[str, Filter] = {
    "method": Filter("method", lambda c: {c.method.name, label_of(c.method)}, methods),
    "network": Filter(
        "network",
        lambda c: {c.network, *c.families},
        lambda: {n for g in grids().values() for c in g.cells() for n in (c.network, *c.families)},
    ),
    "dataset": Filter("data set", lambda c: {c.dataset}, dataset_names),
    "finish": Filter("finish", lambda c: {c.finish.name, label_of(c.finish)}, finishes),
    "seed": Filter("seed", lambda c: {c.seeds, *c.seeds.split("-")}),
}


def select_cells(grid: Grid, wanted: Mapping[str, Sequence[str]]) -> list[AnyCell]:
    """The cells of `grid` that have one of the `wanted` names in every filter that has any.

    Raises `UserError` for a name that is not known or that no cell of the grid has, and where no
    cell matches all filters together.
    """
    cells = grid.cells()
    chosen = cells
    for option, texts in wanted.items():
        names = [name for text in texts for name in split_list(text)]
        if not texts:
            continue
        for name in names:
            _check(grid, cells, FILTERS[option], name)
        chosen = [cell for cell in chosen if FILTERS[option].of(cell) & set(names)]
    if not chosen:
        raise UserError(f"no cell of grid {grid.name!r} matches all filters together")
    return chosen


def split_list(text: str) -> list[str]:
    """The names in a list with commas; commas within parentheses belong to a name."""
    return [name.strip() for name in re.split(r",(?![^(]*\))", text) if name.strip()]


def _check(grid: Grid, cells: Sequence[AnyCell], filter_: Filter, name: str) -> None:
    here = set().union(*(filter_.of(cell) for cell in cells))
    if name in here:
        return
    if name in (elsewhere := set(filter_.elsewhere())):
        raise UserError(f"grid {grid.name!r} has no cell with {filter_.kind} {name!r}")
    raise nearest(filter_.kind, name, here | elsewhere)
