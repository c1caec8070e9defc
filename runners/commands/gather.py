"""`basinbench gather`: the tables of other machines beside one's own."""

from argparse import Namespace
from pathlib import Path

from ...errors import UserError, printable
from ..errors import say, user_errors
from ..folders import check_writable


def main(options: Namespace) -> int:
    """Bring the rows of all tables in `options.folders` to those of `options.results`.

    1 where some table that lies there cannot be read, and was left as it is.
    """
    from ...results.merging import gather_into
    from ...results.store import read_records

    tables = [table for folder in options.folders for table in _tables(folder)]
    # All are read before any is written, so that a damaged one leaves everything as it was.
    with user_errors():
        found = [(table, read_records(table)) for table in tables]
    check_writable("results", options.results)
    left = 0
    for table, records in found:
        into = options.results / table.resolve().name
        if into.resolve() == table.resolve():
            raise UserError(f"{table} is to be gathered into itself; name other --results")
        with user_errors():
            gathered = gather_into(into, records, {record.cell for record in records})
        if gathered.unreadable:
            say(f"the tables in {into} are left as they are: {gathered.unreadable}")
            left += 1
            continue
        brought = gathered.present - gathered.earlier
        print(
            printable(
                f"{into}: {brought} rows of {table}, {gathered.earlier} were there or are newer "
                f"there, {gathered.others} others stay"
            )
        )
    return 1 if left else 0


def _tables(folder: Path) -> list[Path]:
    """The folders of tables in a folder of results, which may be one itself."""
    from ...results.store import CELLS

    found = [folder] if (folder / CELLS).is_file() else []
    found += sorted(path.parent for path in folder.glob(f"*/{CELLS}"))
    if not found:
        raise UserError(f"{folder} has no tables of results, as `basinbench run` writes them")
    return found
