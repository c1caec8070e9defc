"""A grid's cells, run: each endpoint trained once, each alignment computed once, each cell kept."""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import torch

from ..methods.base import Problem
from ..results.record import Record, Value
from ..results.store import RecordStore, gather
from .aligning import align
from .any_cell import AnyCell, Probe, needs
from .budget import Budget
from .cells import Cell
from .endpoints import Endpoint
from .machine import float32, where
from .progress import Display
from .scoring import Scored, origin_of, score_cell
from .stock import Ends, Stock, align_seed
from .training import OnEpoch
from .transfer import transferred
from .user_errors import in_one_line

C = TypeVar("C", bound=AnyCell)


@dataclass
class Tally:
    """How the cells of one run ended.

    `kept` were there from an earlier run, `left` were not begun before the budget was spent.
    """

    done: int = 0
    skipped: int = 0
    kept: int = 0
    left: int = 0
    failures: list[tuple[AnyCell, str]] = field(default_factory=list)

    def count(self, cell: AnyCell, record: Record) -> None:
        """One more cell, and how it ended."""
        self.left -= 1
        self.done += record.status == "done"
        self.skipped += record.status == "skipped"
        if record.status == "failed":
            self.failures.append((cell, str(record["reason"])))


class Engine:
    """Runs cells on one device and keeps their records below `home`.

    A cell that fails is recorded with its error, and the others go on. A run that is broken off
    loses no more than the cell at hand: the next one does what is missing.
    """

    def __init__(self, home: Path, device: torch.device, display: Display | None = None):
        self.records = RecordStore(home)
        self._device = device
        self._display = display or Display()
        self._stock = Stock(home, device)

    def is_finished(self, cell: AnyCell) -> bool:
        """Whether the cell has a record that need not be made again: it did not fail."""
        record = self.records.read(cell.key)
        return record is not None and record.status != "failed"

    def is_trained(self, endpoint: Endpoint) -> bool:
        """Whether the endpoint is stored."""
        return self._stock.is_trained(endpoint)

    def gather(self, cells: Iterable[AnyCell], folder: Path) -> int:
        """Write the tables of those `cells` that have a record; returns how many have."""
        records = [record for cell in cells if (record := self.records.read(cell.key))]
        gather(records, folder)
        return len(records)

    def run(
        self, cells: Sequence[AnyCell], again: bool = False, budget: Budget | None = None
    ) -> Tally:
        """Run those of the `cells` that are not finished, or all of them `again`.

        When the `budget` is spent, no other network is trained and no other cell begun. Raises
        `UserError` before any work where a data set cannot be had.
        """
        budget = budget or Budget()
        missing = list(cells) if again else [c for c in cells if not self.is_finished(c)]
        tally = Tally(kept=len(cells) - len(missing), left=len(missing))
        self._display.start(len(missing))
        for name in dict.fromkeys(e.dataset for c in missing for e in needs(c)):
            self._display.doing(f"loading {name}")
            self._stock.dataset(name)
        broken: dict[Endpoint, Exception] = {}
        for group in _groups(missing, lambda c: c.endpoints):
            # Not all networks first: a run that ends early has finished cells to show.
            self._train(dict.fromkeys(e for c in group for e in needs(c)), broken, budget)
            if budget.spent:
                break
            with float32():
                for cell, record in self._records(group, broken, budget):
                    self.records.write(record)
                    tally.count(cell, record)
                    self._display.advance()
        return tally

    def _train(
        self, endpoints: Iterable[Endpoint], broken: dict[Endpoint, Exception], budget: Budget
    ) -> None:
        """Train those that the store lacks; one that cannot be goes to `broken` with its error."""
        for endpoint in endpoints:
            if budget.spent:
                return
            if endpoint in broken or self._stock.is_trained(endpoint):
                continue
            try:
                self._stock.params(endpoint, self._announce(endpoint))
            except Exception as error:
                broken[endpoint] = error

    def _announce(self, endpoint: Endpoint) -> OnEpoch:
        what = f"training {endpoint.network.name} on {endpoint.dataset}, seed {endpoint.seed}"
        self._display.doing(what)
        return lambda epoch, epochs, _: self._display.doing(f"{what}: epoch {epoch}/{epochs}")

    def _records(
        self, cells: Sequence[AnyCell], broken: Mapping[Endpoint, Exception], budget: Budget
    ) -> Iterator[tuple[AnyCell, Record]]:
        """The records of cells on the same endpoints."""
        trained = [cell for cell in cells if isinstance(cell, Cell)]
        if trained:
            yield from self._run_group(trained, broken, budget)
        for cell in cells:
            if budget.spent:
                return
            if not isinstance(cell, Cell):
                yield cell, self._run_probe(cell, broken, budget)

    def _run_probe(
        self, cell: Probe, broken: Mapping[Endpoint, Exception], budget: Budget
    ) -> Record:
        self._display.doing(str(cell))
        start = time.perf_counter()
        try:
            self._demand(cell.endpoints, broken)
            status, row = cell.outcome(self._stock, budget.alignment)
        except (Exception, SystemExit) as error:
            return self._failed(cell, error)
        return self._record(cell, status, row | {"cell_seconds": time.perf_counter() - start})

    def _run_group(
        self, cells: Sequence[Cell], broken: Mapping[Endpoint, Exception], budget: Budget
    ) -> Iterator[tuple[Cell, Record]]:
        """The records of cells on the same endpoints."""
        first = cells[0]
        self._display.doing(f"evaluating {first.network}, seeds {first.seeds}")
        try:
            self._demand(first.endpoints, broken)
            ends = self._stock.ends(first.endpoints)
        except Exception as error:
            for cell in cells:
                yield cell, self._failed(cell, error)
            return
        for group in _groups(cells, lambda c: (c.method, c.seed, c.learned_on)):
            if budget.spent:
                return
            yield from self._run_method(group, ends, broken, budget)

    def _demand(self, endpoints: Iterable[Endpoint], broken: Mapping[Endpoint, Exception]) -> None:
        """Raises the error of the first of `endpoints` that could not be trained."""
        for endpoint in endpoints:
            if endpoint in broken:
                raise broken[endpoint]

    def _run_method(
        self,
        cells: Sequence[Cell],
        ends: Ends,
        broken: Mapping[Endpoint, Exception],
        budget: Budget,
    ) -> Iterator[tuple[Cell, Record]]:
        """The records of cells that differ in their finish alone: one alignment serves them."""
        first = cells[0]
        seed = align_seed(first.seed, first.endpoints)
        problem = posed = Problem(ends.networks, ends.samples, seed, ends.shares)
        module = ends.networks[0].module
        about = {"parameters": sum(p.numel() for p in module.parameters())}
        start = time.perf_counter()
        try:
            if first.learned_on != first.endpoints:
                self._demand(first.learned_on, broken)
                posed = self._stock.problem(first.learned_on, first.seed)
            if reason := first.method.skip(posed):
                for cell in cells:
                    yield cell, self._record(cell, "skipped", about | {"reason": reason})
                return
            self._display.doing(
                f"aligning {first.network}, seeds {first.seeds}: {first.method.label}"
            )
            aligned = transferred(align(first.method, posed, budget.alignment), problem)
        except (Exception, SystemExit) as error:
            for cell in cells:
                yield cell, self._failed(cell, error)
            return
        align_seconds = time.perf_counter() - start
        for cell in cells:
            if budget.spent:
                return
            start = time.perf_counter()
            self._display.doing(f"measuring {cell}")
            try:
                origin = origin_of(cell, ends, aligned)
                if reason := cell.finish.skip(origin):
                    yield cell, self._record(cell, "skipped", about | {"reason": reason})
                    continue
                scored = score_cell(cell, ends, origin)
            except Exception as error:
                yield cell, self._failed(cell, error)
                continue
            seconds = {"cell_seconds": align_seconds + time.perf_counter() - start}
            row = about | aligned.columns | scored.columns | seconds
            yield cell, self._record(cell, "done", row, scored)

    def _failed(self, cell: AnyCell, error: BaseException) -> Record:
        return self._record(cell, "failed", {"reason": in_one_line(error)})

    def _record(
        self, cell: AnyCell, status: str, row: Mapping[str, Value], scored: Scored | None = None
    ) -> Record:
        row = {**cell.describe(), **where(self._device), **row, "status": status}
        return Record(row, scored.curve, scored.retraining) if scored else Record(row)


def _groups(cells: Iterable[C], by: Callable[[C], Hashable]) -> list[list[C]]:
    """Cells with the same `by` together, in the order in which each first comes."""
    groups: dict[Hashable, list[C]] = {}
    for cell in cells:
        groups.setdefault(by(cell), []).append(cell)
    return list(groups.values())
