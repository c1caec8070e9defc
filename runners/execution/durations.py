"""How long cells may take: as long as they, or their like, took for the tables of this package."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
        aligning: dict[Kind, list[float]] = defaultdict(list)
        for path in sorted(results.glob("*/cells.csv")):
            for row in _rows(path):
                self._known[row.key] = row.seconds
                for kind in row.kinds:
                    found[kind].append(row.seconds)
                    aligning[kind] += row.aligning
        self._usual = {kind: median(values) for kind, values in found.items()}
        self._aligning = {kind: median(values) for kind, values in aligning.items() if values}

    def cell(self, cell: AnyCell) -> float:
        """Seconds of one cell."""
        if (known := self._known.get(cell.key)) is not None:
            return known
        return _first_of(self._usual, cell)

    def alignment(self, cell: AnyCell) -> float:
        """Seconds that its method usually takes to align, on networks of any size."""
        return _first_of(self._aligning, cell)

    def job(self, job: Measuring) -> float:
        """Seconds of all cells that one alignment serves."""
        return sum(map(self.cell, job.cells))

    def all(self, cells: Iterable[AnyCell]) -> float:
        """Seconds of all cells, one after the other."""
        return sum(map(self.cell, cells))


@dataclass(frozen=True)
class _Row:
    """A row's cell, what it is like, its seconds, and those of its alignment if there are any."""

    key: str
    kinds: tuple[Kind, ...]
    seconds: float
    aligning: tuple[float, ...]


def _first_of(usual: Mapping[Kind, float], cell: AnyCell) -> float:
    kinds = ((cell.method.name, cell.dataset), (cell.method.name,))
    return next((usual[kind] for kind in kinds if kind in usual), 0.0)


def _rows(path: Path) -> Iterable[_Row]:
    """The rows that have seconds; nothing of a table that cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                method, seconds = row["method"], row["cell_seconds"]
                if seconds:
                    kinds = ((method, row["dataset"]), (method,))
                    aligning = tuple(map(float, filter(None, [row.get("align_seconds")])))
                    yield _Row(row["cell"], kinds, float(seconds), aligning)
    except (OSError, ValueError, KeyError, csv.Error):
        return  # whoever needs the table is told what is wrong with it
