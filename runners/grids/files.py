"""Grids from files of a user's own: TOML, or Python that makes one `Grid`."""

import re
from pathlib import Path

from ...errors import UserError
from ...plugin_files import load
from ...plugin_things import NAME
from ...results.report_folders import TAKEN
from .blocks import Grid
from .named import built_in_grids
from .notation.source_lines import Place, SourceLines
from .notation.toml_reader import read_grid
from .plugged import plugged_grids


def grid_in(path: Path) -> Grid:
    """The grid in a `.toml` or `.py` file.

    Raises `UserError` where there is no such file, none or several grids in it, an error in a line,
    or a name under which other tables lie.
    """
    if not path.is_file():
        raise UserError(f"there is no grid file {path}")
    if path.suffix == ".toml":
        grid = read_grid(path)
    elif path.suffix == ".py":
        grid = _only(path, plugged_grids(load(path)))
    else:
        raise UserError(f"{path} is no grid file: it ends in .toml, or in .py for a Python file")
    lines = SourceLines(str(path), path.read_text(encoding="utf-8"))
    with lines.blame(Place(), "name", grid.name):
        check_name(grid.name)
    return grid


def check_name(name: str) -> None:
    """`UserError` where no table of a user's own can have that `name`."""
    if name in built_in_grids() or name in TAKEN:
        raise UserError(f"{name!r} is a name of this package's own; give your grid another")
    if not re.fullmatch(NAME, name):
        raise UserError(f"{name!r} names no folder; take small letters, digits and dashes")


def _only(path: Path, found: dict[str, Grid]) -> Grid:
    if not found:
        raise UserError(
            f"{path} makes no grid: a value of basinbench.Grid, or a function `-> basinbench.Grid`"
        )
    if len(found) > 1:
        names = ", ".join(sorted(found))
        raise UserError(
            f"{path} makes {len(found)} grids: {names}; name one, with --plugin {path.name}"
        )
    return next(iter(found.values()))
