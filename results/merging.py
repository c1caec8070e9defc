"""Tables that grow: what a run has measured, beside the rows that lie there already."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .record import Record
from .store import CELLS, gather, read_records


@dataclass(frozen=True)
class Gathered:
    """What the tables of a folder hold now.

    `present`: how many cells that are asked for have a row; `earlier`: those of them whose row is
    the one that lay in the folder. `others`: rows of cells that nobody asked for, which stay;
    `pruned`: those of them that are gone. `unreadable`: why the tables that lie there were left as
    they are; empty otherwise.
    """

    present: int = 0
    earlier: int = 0
    others: int = 0
    pruned: int = 0
    unreadable: str = ""


def gather_into(
    folder: Path, own: Iterable[Record], cells: Collection[str], prune: bool = False
) -> Gathered:
    """Write the records in `own` to the tables of `folder`, and keep the rows that lie there.

    A record of ours takes the place of the row of its cell, unless that row is finished and ours
    has failed: a full disk or a budget says nothing against a number that was measured. That an
    alignment changes the outputs is no such failure, but a finding, and takes the place. `cells`
    are those of the present grid; a row of none of them (of an edited plug-in, a filter, another
    version) stays, unless `prune` is asked for. Where the tables that lie there cannot be read
    nothing is written, and the result says why.
    """
    ours = {record.cell: record for record in own}
    there: Mapping[str, Record] = {}
    if (folder / CELLS).is_file():
        try:
            there = {record.cell: record for record in read_records(folder)}
        except (FileNotFoundError, ValueError) as error:
            return Gathered(unreadable=str(error))
    stay = {cell: row for cell, row in there.items() if not _gives_way(row, ours.get(cell))}
    merged = {**ours, **stay}
    others = merged.keys() - cells
    kept = {cell: row for cell, row in merged.items() if not (prune and cell in others)}
    gather(kept.values(), folder)
    return Gathered(
        present=len(merged) - len(others),
        earlier=len(stay.keys() - others),
        others=0 if prune else len(others),
        pruned=len(others) if prune else 0,
    )


def _gives_way(row: Record, ours: Record | None) -> bool:
    if ours is None:
        return False
    return not (ours.status == "failed" and row.status in ("done", "skipped"))
