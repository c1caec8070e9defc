"""Tables that grow: what a run has measured, beside the rows that lie there already."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ..errors import require
from .columns import BY_NAME, STATE_OF_CODE, WHAT_IT_IS
from .record import Record, Value
from .store import CELLS, gather, read_records

FAILED = "failed"
"""The status of a cell of which nothing was found out."""


@dataclass(frozen=True)
class Gathered:
    """What the tables of a folder hold now.

    `present`: how many cells that are asked for have a row; `earlier`: those of them whose row is
    the one that lay in the folder. `others`: rows of cells that nobody asked for, which stay;
    `pruned`: those of them that are gone. `superseded`: rows that are gone because the same cell
    was measured by another state of a plug-in. `unreadable`: why the tables that lie there were
    left as they are; empty otherwise.
    """

    present: int = 0
    earlier: int = 0
    others: int = 0
    pruned: int = 0
    superseded: int = 0
    unreadable: str = ""


def gather_into(
    folder: Path,
    own: Iterable[Record],
    cells: Collection[str] | None,
    prune: bool = False,
    further: Callable[[], Collection[str]] = frozenset,
) -> Gathered:
    """Write the records in `own` to the tables of `folder`, and keep the rows that lie there.

    Of a record of ours and the row of its cell the later by its date stands: ours may come from
    another home than the row, and be older. A failure gives way to anything else, and never takes
    the place of it: a full disk or a budget says nothing against what was measured. That an
    alignment changes the outputs is no such failure, but a finding. `cells` are those of the
    present grid; a row of none of them (of an edited plug-in, a filter, another version) stays,
    unless `prune` is asked for, or one of these is the same cell by another state of its code: a
    plug-in was edited, and both together would count one pair twice. `further` gives cells that are
    the grid's as well, and are many: it is asked only where some row is of none of `cells`. Where
    these are `None` nobody knows the grid: all rows stay, those of every state of a plug-in too,
    and count as asked for. Where the tables that lie there cannot be read nothing is written, and
    the result says why. Runs that end at the same time write one after the other, each with the
    rows of those before it.
    """
    ours = {record.cell: record for record in own}
    with _alone(folder):
        return _gather_into(folder, ours, cells, prune, further)


def _gather_into(
    folder: Path,
    ours: Mapping[str, Record],
    cells: Collection[str] | None,
    prune: bool,
    further: Callable[[], Collection[str]],
) -> Gathered:
    there: Mapping[str, Record] = {}
    if (folder / CELLS).is_file():
        try:
            there = {record.cell: record for record in read_records(folder)}
            check_columns(folder / CELLS)
        except (FileNotFoundError, ValueError) as error:
            return Gathered(unreadable=str(error))
    stay = {cell: row for cell, row in there.items() if not _gives_way(row, ours.get(cell))}
    merged = {**ours, **stay}
    others = set[str]() if cells is None else merged.keys() - cells
    if others:
        others -= set(further())
    superseded = _superseded(merged, others)
    others -= superseded
    gone = superseded | (others if prune else set())
    kept = {cell: row for cell, row in merged.items() if cell not in gone}
    if kept or there:  # no folder of tables without a row
        gather(kept.values(), folder)
    return Gathered(
        present=len(merged) - len(others) - len(superseded),
        earlier=len(stay.keys() - others - superseded),
        others=0 if prune else len(others),
        pruned=len(others) if prune else 0,
        superseded=len(superseded),
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other run reads and writes the tables of `folder`.

    By a lock of the operating system, which a killed run gives up. Some network folders have none:
    there the checksums tell, at the next reading, where two runs wrote at the same time.
    """
    require("run", "filelock")
    from filelock import FileLock

    lock = FileLock(folder.parent / f".{folder.name}.lock")
    with suppress(OSError, NotImplementedError):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def check_columns(path: Path) -> None:
    """`ValueError` where a table has columns that would be lost: of a newer version, misspelt."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = next(csv.reader(file), [])
    lacking = [name for name in BY_NAME if name not in names]
    if unknown := [name for name in names if name not in BY_NAME]:
        if close := get_close_matches(unknown[0], lacking, n=1, cutoff=0.8):
            raise ValueError(
                f"{path} has the column {unknown[0]!r} and no column {close[0]!r}: is it misspelt?"
            )
        raise ValueError(
            f"{path} has the column {unknown[0]!r}, which a newer version of basinbench has written"
        )


def _superseded(rows: Mapping[str, Record], others: Collection[str]) -> set[str]:
    """Those of the `others` that are the same cell as a remaining row, by another state of code.

    Under another key, and by the same state, it is another cell.
    """
    known: dict[tuple[Value, ...], set[tuple[Value, ...]]] = {}
    for cell, row in rows.items():
        if cell not in others and row.status != FAILED:
            known.setdefault(_facts(row), set()).add(_state(row))
    return {
        cell
        for cell in others
        if rows[cell]["method"] and _are_others(known.get(_facts(rows[cell])), _state(rows[cell]))
    }


def _are_others(states: Collection[tuple[Value, ...]] | None, own: tuple[Value, ...]) -> bool:
    """Whether there are `states`, none of which is the `own`; of one that nobody knows, none is."""
    return bool(states) and (own not in states or not any(own))


def _facts(row: Record) -> tuple[Value, ...]:
    return tuple(row[name] for name in WHAT_IT_IS)


def _state(row: Record) -> tuple[Value, ...]:
    return tuple(row[name] for name in STATE_OF_CODE)


def _gives_way(row: Record, ours: Record | None) -> bool:
    if ours is None:
        return False
    if (row.status == FAILED) != (ours.status == FAILED):
        return row.status == FAILED
    return str(ours["date"] or "") >= str(row["date"] or "")
