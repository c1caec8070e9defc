"""How long cells may take: as long as they, or their like, took for the tables of this package."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from ..cells.transfer import AnyCell
from .jobs import Measuring

Kind = tuple[str, ...]


class Durations:
    """Seconds of cells, from `cells.csv` of all grids below `results`; no table is no knowledge.

    A cell that a table has takes what its row says; another as much as the median of the rows of
    its method on its data set, else of its method; and what no row tells of counts as 0. They only
    say what to begin first and how long the rest may last: no number depends on them.
    """

    def __init__(self, results: Path):
        self._known: dict[str, float] = {}
        found: dict[Kind, list[float]] = defaultdict(list)
        for path in sorted(results.glob("*/cells.csv")):
            for key, kinds, seconds in _rows(path):
                self._known[key] = seconds
                for kind in kinds:
                    found[kind].append(seconds)
        self._usual = {kind: median(values) for kind, values in found.items()}

    def cell(self, cell: AnyCell) -> float:
        """Seconds of one cell."""
        if (known := self._known.get(cell.key)) is not None:
            return known
        for kind in ((cell.method.name, cell.dataset), (cell.method.name,)):
            if kind in self._usual:
                return self._usual[kind]
        return 0.0

    def job(self, job: Measuring) -> float:
        """Seconds of all cells that one alignment serves."""
        return sum(map(self.cell, job.cells))

    def all(self, cells: Iterable[AnyCell]) -> float:
        """Seconds of all cells, one after the other."""
        return sum(map(self.cell, cells))


def _rows(path: Path) -> Iterable[tuple[str, tuple[Kind, ...], float]]:
    """Key, kinds and seconds of each row that has them; nothing of a table that cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                method, seconds = row["method"], row["cell_seconds"]
                if seconds:
                    yield row["cell"], ((method, row["dataset"]), (method,)), float(seconds)
    except (OSError, ValueError, KeyError, csv.Error):
        return  # whoever needs the table is told what is wrong with it
