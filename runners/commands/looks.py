"""Further looks of a grid: more networks for those claims alone that are not decided yet."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ...reports.data.grid import with_names
from ...reports.data.sources import own_and_shipped, sources_in
from ...reports.judging.cells import selections
from ...reports.judging.sequential import open_claims
from ...reports.judging.verdicts import findings, read_grids
from ...results.store import CELLS
from ..cells.transfer import AnyCell
from ..counting import counted
from ..errors import say, user_errors
from ..execution.engine import Engine
from ..folders import OWN_RESULTS, shipped_results
from ..grids.blocks import Grid


class NextLook(NamedTuple):
    """The cells of a further look, and the numbers of the claims that ask for them."""

    cells: list[AnyCell]
    claims: list[str]


def next_look(grid: Grid, look: int, results: Path) -> NextLook:
    """Which cells of the grid's `look` the claims ask for that are open by the tables in `results`.

    A claim is judged by all grids that it names; those that `results` lacks are as they came with
    the package.
    """
    import pandas as pd

    before = set(grid.cells(look - 1))
    more = [cell for cell in grid.cells(look) if cell not in before]
    if not more:
        return NextLook([], [])
    own = own_and_shipped(results, shipped_results()) if results == OWN_RESULTS.absolute() else None
    with user_errors():
        judged = findings(read_grids(own or sources_in(results)))
    wanted = {
        finding.claim.id: [c for c in selections(finding.claim) if c.grid == grid.name]
        for finding in open_claims(judged)
        if finding.look and finding.look.number == look - 1
    }
    if not any(wanted.values()):
        return NextLook([], [])
    described = pd.DataFrame([cell.describe() for cell in more]).astype(object)
    blank = {name: "" for name in _TEXTS if name not in described}
    table = with_names(described.assign(**blank).fillna(""))
    rows = table.to_dict("records")
    asked = {
        name: {i for i, row in enumerate(rows) if any(c.speaks_of(row) for c in chosen)}
        for name, chosen in wanted.items()
    }
    found = set().union(*asked.values())
    return NextLook(
        [cell for i, cell in enumerate(more) if i in found],
        [name for name, places in asked.items() if places],
    )


def announced(grid: Grid, look: int, results: Path) -> list[AnyCell]:
    """The cells of `next_look`, of which it says how many there are and what for."""
    found = next_look(grid, look, results)
    if found.cells:
        say(
            f"look {look} of {1 + len(grid.looks)}: "
            f"{counted(len(found.cells), 'cell')} of more networks, for what is undecided: "
            f"{', '.join(found.claims)}"
        )
    return found.cells


def further_cells(
    engine: Engine, cells: Sequence[AnyCell], grid: Grid, last: int, results: Path
) -> list[AnyCell]:
    """What looks up to the `last` would measure after `cells`, as far as the tables tell.

    What one asks for depends on what the one before has measured; where that is not whole, nobody
    knows, and it says so.
    """
    asked: list[AnyCell] = []
    for look in range(2, last + 1):
        whole = all(map(engine.is_finished, (*cells, *asked)))
        if not whole or not (results / grid.name / CELLS).is_file():
            say(f"what look {look} asks for is known when the tables have all of look {look - 1}")
            break
        more = announced(grid, look, results)
        engine.take_up(more, results / grid.name)
        asked += more
    return asked


_TEXTS = ("maps_from", "against", "against_params", "finish", "finish_params")
"""Columns that only some kinds of cells have."""
