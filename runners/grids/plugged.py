"""Grids of plug-ins: values of `Grid`, and functions without arguments that say they return one."""

from ...errors import UserError
from ...plugin_files import Plugin, home_of
from ...plugin_things import join, plugged_functions, plugged_values
from .blocks import Grid


def plugged_grids(of: tuple[Plugin, ...] | None = None) -> dict[str, Grid]:
    """The grids of plug-ins (default: of all) by their names.

    Raises `UserError` where a function fails or returns something else.
    """
    found = plugged_values(Grid, "grid", of)
    for name, function in plugged_functions(Grid, "grid", of).items():
        try:
            made = function()
        except (Exception, SystemExit) as error:
            what = f"{type(error).__name__}: {error}"
            raise UserError(f"{home_of(function)}: the grid {name!r} failed: {what}") from error
        if not isinstance(made, Grid):
            raise UserError(f"{home_of(function)}: {function.__name__} returned no Grid: {made!r}")
        join(found, {made.name: made}, "grid")
    return found
