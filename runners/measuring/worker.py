"""One process's work on a grid: networks trained, and cells turned into their records."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import torch

from ...environment_variables import environment_kept
from ...methods.base import Problem
from ...results.merging import FAILED
from ...results.record import Record, Value
from ...results.store import RecordStore
from ...torch_settings import settings_kept
from ..cells.agreement import AgreementCell
from ..cells.fidelity import FidelityCell
from ..cells.merge import Cell
from ..cells.merge import Measurement as Measurement
from ..cells.planted import PlantedCell
from ..cells.transfer import AnyCell, Probe, required_networks
from ..cells.worked_example import ExampleCell
from ..errors import in_one_line
from ..finishes import reason_against
from ..interrupts import pass_on_orders
from ..keys import label_of
from ..progress import Display
from ..training.checkpoints import Endpoint
from .agreement import measure_agreement
from .align import Aligned, NotEquivalentError, align, transferred, verify
from .budget import Budget, run_within
from .code import code_of, plugins_of
from .curve_precision import curve_precision
from .device_health import demand_working
from .environment import environment_columns, float32
from .fidelity import measure_fidelity
from .guard import ChangedError, suspects
from .planted import forget_planted, measure_planted
from .score import Scored, merge_context, score_cell
from .worked_examples import measure_example
from .workspace import EvaluatedNetworks, Workspace, align_seed

CellResult = tuple[AnyCell, str, str]
"""A cell, the status of its record, and the reason for it."""

Broken = Mapping[Endpoint, Exception]
"""Networks that could not be trained, and why."""


_MEASURES: Mapping[type, Callable[..., Measurement]] = {
    AgreementCell: measure_agreement,
    PlantedCell: measure_planted,
    ExampleCell: measure_example,
    FidelityCell: measure_fidelity,
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
        """Train and store the endpoint, which is called `what`; raises what it cannot be for.

        Raises `BrokenDeviceError` where the device computes no more.
        """
        self._display.doing(what)
        try:
            with environment_kept():
                self._workspace.params(
                    endpoint,
                    lambda epoch, epochs, _: self._display.doing(f"{what}: epoch {epoch}/{epochs}"),
                )
        except BaseException as error:
            pass_on_orders(error)
            demand_working(self._device, in_one_line(error))
            raise

    def records(
        self, cells: Sequence[AnyCell], broken: Broken, budget: Budget
    ) -> Iterator[tuple[AnyCell, Record]]:
        """The records of cells that one alignment serves, as they come, until time is up.

        Raises `BrokenDeviceError` where one failed since the device computes no more: that says
        nothing about the cell.
        """
        for cell, record in self._each(cells, broken, budget):
            if record.status == FAILED:
                demand_working(self._device, str(record["reason"]))
            yield cell, record

    def _each(
        self, cells: Sequence[AnyCell], broken: Broken, budget: Budget
    ) -> Iterator[tuple[AnyCell, Record]]:
        merged = [cell for cell in cells if isinstance(cell, Cell)]
        with float32(), settings_kept():
            if merged and not budget.spent:
                yield from self._run_merges(merged, broken, budget)
            for cell in cells:
                if budget.spent:
                    return
                if not isinstance(cell, Cell):
                    yield cell, self._run_probe(cell, broken, budget)

    def keep(self, cell: AnyCell, record: Record) -> CellResult:
        """Store the record of `cell`, and say how the cell ended."""
        self._records.write(record)
        return cell, record.status, str(record["reason"] or "")

    def has_kept(self, cell: AnyCell) -> bool:
        """Whether there is a file with a record of `cell`."""
        return self._records.path(cell.key).is_file()

    def fail(self, cell: AnyCell, error: BaseException) -> CellResult:
        """Store that `cell` ended with `error`, and say so."""
        return self.keep(cell, self.failed(cell, error))

    def skip(self, cell: AnyCell, reason: str) -> CellResult:
        """Store that `cell` is impossible for that reason, and say so."""
        return self.keep(cell, self._record(cell, "skipped", {"reason": reason}))

    def failed(self, cell: AnyCell, error: BaseException) -> Record:
        """The record of a cell that ended with `error`."""
        if isinstance(error, ChangedError):
            self._workspace.forget()
            forget_planted()
        if isinstance(error, NotEquivalentError) and error.columns["equivalence_error"] is not None:
            return self._record(cell, "inequivalent", error.columns | {"reason": str(error)})
        return self._record(cell, FAILED, {"reason": in_one_line(error)})

    def _run_probe(self, cell: Probe, broken: Broken, budget: Budget) -> Record:
        self._display.doing(str(cell))
        start = time.perf_counter()
        try:
            with environment_kept():
                self._demand(cell.endpoints, broken)
                status, row = _MEASURES[type(cell)](cell, self._workspace, budget.alignment)
        except BaseException as error:
            pass_on_orders(error)
            return self.failed(cell, error)
        return self._record(cell, status, row | {"cell_seconds": time.perf_counter() - start})

    def _demand(self, endpoints: Iterable[Endpoint], broken: Broken) -> None:
        """Raises the error of the first of `endpoints` that could not be trained."""
        for endpoint in endpoints:
            if endpoint in broken:
                raise broken[endpoint]

    def _run_merges(
        self, cells: Sequence[Cell], broken: Broken, budget: Budget
    ) -> Iterator[tuple[Cell, Record]]:
        """The records of cells that differ in their finish alone."""
        first = cells[0]
        start = time.perf_counter()
        try:
            with environment_kept():
                self._demand(required_networks(first), broken)
                self._display.doing(f"evaluating {first.network}, seeds {first.seeds}")
                ends = self._workspace.ends(first.endpoints)
                about = self._about(first, ends)
                start = time.perf_counter()
                aligned = self._aligned(first, ends, budget)
        except BaseException as error:
            pass_on_orders(error)
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
                with environment_kept():
                    found = self._scored(cell, ends, aligned)
            except ChangedError as error:
                at = cells.index(cell)
                yield cell, self.failed(cell, error)
                if others := cells[at + 1 :]:
                    yield from self._run_merges(others, broken, budget)
                return
            except BaseException as error:
                pass_on_orders(error)
                yield cell, self.failed(cell, error)
                continue
            if isinstance(found, str):
                yield cell, self._record(cell, "skipped", about | {"reason": found})
                continue
            row, scored = found
            seconds = {"cell_seconds": align_seconds + time.perf_counter() - start}
            yield cell, self._record(cell, "done", about | row | seconds, scored)

    def _scored(
        self, cell: Cell, ends: EvaluatedNetworks, aligned: Aligned | str
    ) -> tuple[dict[str, Value], Scored] | str:
        """What the merge is worth, columns first, or why it cannot be made or finished."""
        if isinstance(aligned, str):
            return aligned
        context = merge_context(cell, ends, aligned)
        if reason := reason_against(cell.finish, context):
            return reason
        try:
            scored = score_cell(cell, ends, context, curve_precision())
        finally:  # merging and finishing may change it as well
            verify(aligned.problem, suspects(cell.method, cell.finish))
        precision = {"precision": scored.precision} if scored.precision else {}
        return {**aligned.columns, **scored.columns, **precision}, scored

    def _about(self, cell: Cell, ends: EvaluatedNetworks) -> dict[str, Value]:
        """What a record says of the cell's networks, whatever comes of them."""
        module = ends.networks[0].module
        return {
            "parameters": sum(p.numel() for p in module.parameters()),
            "train_seconds": self._workspace.train_seconds(required_networks(cell)),
        }

    def _aligned(self, cell: Cell, ends: EvaluatedNetworks, budget: Budget) -> Aligned | str:
        """The cell's networks in one basis, or why its method cannot bring them there."""
        seed = align_seed(cell.seed, cell.endpoints)
        problem = posed = Problem(
            ends.networks, ends.samples, seed, ends.per_network_data, ends.validation
        )
        if cell.learned_on != cell.endpoints:
            posed = self._workspace.problem(cell.learned_on, cell.seed)
        if reason := run_within(budget.alignment, lambda: cell.method.skip(posed)):
            return reason
        self._display.doing(f"aligning {cell.network}, seeds {cell.seeds}: {label_of(cell.method)}")
        return transferred(align(cell.method, posed, budget.alignment), problem)

    def _record(
        self, cell: AnyCell, status: str, row: Mapping[str, Value], scored: Scored | None = None
    ) -> Record:
        row = {
            **cell.describe(),
            "method_digest": code_of(cell),
            "plugins": plugins_of(cell),
            **environment_columns(self._device, self._workers),
            **row,
            "status": status,
        }
        return Record(row, *scored.series) if scored else Record(row)
