"""One process's work on a grid: networks trained, and cells turned into their records."""

import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import torch

from ...methods.base import Problem
from ...results.record import Record, Value
from ...results.store import RecordStore
from ..cells.agreement import AgreementCell
from ..cells.merge import Cell
from ..cells.merge import Measurement as Measurement
from ..cells.planted import PlantedCell
from ..cells.transfer import AnyCell, Probe
from ..cells.worked_example import ExampleCell
from ..errors import in_one_line
from ..keys import label_of
from ..progress import Display
from ..training.checkpoints import Endpoint
from .agreement import measure_agreement
from .align import align, transferred
from .budget import Budget
from .environment import environment_columns, float32
from .planted import measure_planted
from .score import Scored, merge_context, score_cell
from .worked_examples import measure_example
from .workspace import EvaluatedNetworks, Workspace, align_seed

T = TypeVar("T")

CellResult = tuple[AnyCell, str, str]
"""A cell, the status of its record, and the reason for it."""

Broken = Mapping[Endpoint, Exception]
"""Networks that could not be trained, and why."""


_MEASURES: Mapping[type, Callable[..., Measurement]] = {
    AgreementCell: measure_agreement,
    PlantedCell: measure_planted,
    ExampleCell: measure_example,
}
"""How each kind of cell that merges nothing is measured."""


class Worker:
    """Trains networks and runs cells on one device, and says what it does on `display`.

    `workers`: how many processes do so side by side; every record names it beside its times.
    """

    def __init__(
        self, home: Path, device: torch.device, display: Display | None = None, workers: int = 1
    ):
        self._device = device
        self._display = display or Display()
        self._workers = workers
        self._records = RecordStore(home)
        self._workspace = Workspace(home, device)

    def load(self, dataset: str) -> None:
        """Have the data set at hand; `UserError` where it cannot be had."""
        self._display.doing(f"loading {dataset}")
        self._workspace.dataset(dataset)

    def is_trained(self, endpoint: Endpoint) -> bool:
        """Whether the endpoint is stored."""
        return self._workspace.is_trained(endpoint)

    def train(self, endpoint: Endpoint, what: str) -> None:
        """Train and store the endpoint, which is called `what`; raises what it cannot be for."""
        self._display.doing(what)
        self._workspace.params(
            endpoint,
            lambda epoch, epochs, _: self._display.doing(f"{what}: epoch {epoch}/{epochs}"),
        )

    def records(
        self, cells: Sequence[AnyCell], broken: Broken, budget: Budget
    ) -> Iterator[tuple[AnyCell, Record]]:
        """The records of cells on the same endpoints, as they come, until the budget is spent."""
        trained = [cell for cell in cells if isinstance(cell, Cell)]
        with float32():
            if trained:
                yield from self._run_group(trained, broken, budget)
            for cell in cells:
                if budget.spent:
                    return
                if not isinstance(cell, Cell):
                    yield cell, self._run_probe(cell, broken, budget)

    def keep(self, cell: AnyCell, record: Record) -> CellResult:
        """Store the record of `cell`, and say how the cell ended."""
        self._records.write(record)
        return cell, record.status, str(record["reason"] or "")

    def fail(self, cell: AnyCell, error: BaseException) -> CellResult:
        """Store that `cell` ended with `error`, and say so."""
        return self.keep(cell, self.failed(cell, error))

    def failed(self, cell: AnyCell, error: BaseException) -> Record:
        """The record of a cell that ended with `error`."""
        return self._record(cell, "failed", {"reason": in_one_line(error)})

    def _run_probe(self, cell: Probe, broken: Broken, budget: Budget) -> Record:
        self._display.doing(str(cell))
        start = time.perf_counter()
        try:
            self._demand(cell.endpoints, broken)
            status, row = _MEASURES[type(cell)](cell, self._workspace, budget.alignment)
        except (Exception, SystemExit) as error:
            return self.failed(cell, error)
        return self._record(cell, status, row | {"cell_seconds": time.perf_counter() - start})

    def _run_group(
        self, cells: Sequence[Cell], broken: Broken, budget: Budget
    ) -> Iterator[tuple[Cell, Record]]:
        """The records of cells on the same endpoints."""
        first = cells[0]
        self._display.doing(f"evaluating {first.network}, seeds {first.seeds}")
        try:
            self._demand(first.endpoints, broken)
            ends = self._workspace.ends(first.endpoints)
        except Exception as error:
            for cell in cells:
                yield cell, self.failed(cell, error)
            return
        for group in grouped(cells, same_alignment):
            if budget.spent:
                return
            yield from self._run_method(group, ends, broken, budget)

    def _demand(self, endpoints: Iterable[Endpoint], broken: Broken) -> None:
        """Raises the error of the first of `endpoints` that could not be trained."""
        for endpoint in endpoints:
            if endpoint in broken:
                raise broken[endpoint]

    def _run_method(
        self,
        cells: Sequence[Cell],
        ends: EvaluatedNetworks,
        broken: Broken,
        budget: Budget,
    ) -> Iterator[tuple[Cell, Record]]:
        """The records of cells that differ in their finish alone: one alignment serves them."""
        first = cells[0]
        seed = align_seed(first.seed, first.endpoints)
        problem = posed = Problem(ends.networks, ends.samples, seed, ends.per_network_data)
        module = ends.networks[0].module
        about = {"parameters": sum(p.numel() for p in module.parameters())}
        start = time.perf_counter()
        try:
            if first.learned_on != first.endpoints:
                self._demand(first.learned_on, broken)
                posed = self._workspace.problem(first.learned_on, first.seed)
            if reason := first.method.skip(posed):
                for cell in cells:
                    yield cell, self._record(cell, "skipped", about | {"reason": reason})
                return
            self._display.doing(
                f"aligning {first.network}, seeds {first.seeds}: {label_of(first.method)}"
            )
            aligned = transferred(align(first.method, posed, budget.alignment), problem)
        except (Exception, SystemExit) as error:
            for cell in cells:
                yield cell, self.failed(cell, error)
            return
        align_seconds = time.perf_counter() - start
        for cell in cells:
            if budget.spent:
                return
            start = time.perf_counter()
            self._display.doing(f"measuring {cell}")
            try:
                context = merge_context(cell, ends, aligned)
                if reason := cell.finish.skip(context):
                    yield cell, self._record(cell, "skipped", about | {"reason": reason})
                    continue
                scored = score_cell(cell, ends, context)
            except Exception as error:
                yield cell, self.failed(cell, error)
                continue
            seconds = {"cell_seconds": align_seconds + time.perf_counter() - start}
            row = about | aligned.columns | scored.columns | seconds
            yield cell, self._record(cell, "done", row, scored)

    def _record(
        self, cell: AnyCell, status: str, row: Mapping[str, Value], scored: Scored | None = None
    ) -> Record:
        row = {
            **cell.describe(),
            **environment_columns(self._device, self._workers),
            **row,
            "status": status,
        }
        return Record(row, scored.curve, scored.retraining) if scored else Record(row)


def same_alignment(cell: Cell) -> Hashable:
    """What is the same for cells on the same endpoints that one alignment serves."""
    return cell.method, cell.seed, cell.learned_on


def grouped(items: Iterable[T], by: Callable[[T], Hashable]) -> list[list[T]]:
    """Items with the same `by` together, in the order in which each first comes."""
    groups: dict[Hashable, list[T]] = {}
    for item in items:
        groups.setdefault(by(item), []).append(item)
    return list(groups.values())
