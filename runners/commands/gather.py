"""`basinbench gather`: the tables of other machines beside one's own."""

import re
from argparse import Namespace
from pathlib import Path

from ...errors import UserError, printable
from ...plugin_files import short_path
from ...plugin_things import NAME
from ...results.report_folders import TAKEN
from ..counting import counted
from ..errors import say, user_errors
from ..folders import check_writable


def main(options: Namespace) -> int:
    """Bring the rows of all tables in `options.folders` to those of `options.results`.

    Of one cell the later row stands; what other states of a plug-in have measured stays as well. 1
    where some table that lies there cannot be read, and was left as it is.
    """
    from ...results.merging import check_columns, gather_into
    from ...results.store import CELLS, read_records

    # All are looked at before any is written, so that misuse and damage leave all as it was.
    places = _places(options.folders, options.results)
    with user_errors():
        for table in places:
            check_columns(table / CELLS)
        found = {table: read_records(table) for table in places}
    check_writable("results", options.results)
    left = 0
    for table, records in found.items():
        into = places[table]
        with user_errors():
            gathered = gather_into(into, records, cells=None)
        if gathered.unreadable:
            say(f"the tables in {short_path(into)} are left as they are: {gathered.unreadable}")
            left += 1
            continue
        brought = gathered.present - gathered.earlier
        print(
            printable(
                f"{short_path(into)}: {counted(brought, 'row')} of {table}, "
                f"{gathered.earlier} that were there stay"
            )
        )
    return 1 if left else 0


def _places(folders: list[Path], results: Path) -> dict[Path, Path]:
    """Each table in the folders, and where its rows go; `UserError` where that is no other."""
    from ...results.store import CELLS

    if (results / CELLS).is_file():
        raise UserError(
            f"{short_path(results)} has the tables of one grid; name the folder that it lies in"
        )
    found = {}
    for folder in folders:
        for table in _tables(folder):
            name = table.resolve().name  # of `..` and of a link that of the folder itself
            if not re.fullmatch(NAME, name) or name in TAKEN:
                raise UserError(
                    f"{table} lies in a folder called {name!r}, which no grid can be called: "
                    "rename it to the grid's name"
                )
            found[table] = results / name
            if found[table].resolve() == table.resolve():
                raise UserError(f"{table} is to be gathered into itself; name other --results")
    return found


def _tables(folder: Path) -> list[Path]:
    """The folders of tables in a folder of results, which may be one itself."""
    from ...results.store import CELLS

    found = [folder] if (folder / CELLS).is_file() else []
    found += sorted(path.parent for path in folder.glob(f"*/{CELLS}"))
    if not found:
        raise UserError(f"{folder} has no tables of results, as `basinbench run` writes them")
    return found
