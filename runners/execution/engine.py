"""A grid's cells, run: each endpoint trained once, each alignment computed once, each cell kept."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ...errors import UserError
from ...plugin_files import plugins_kept
from ...results.merging import Gathered, gather_into
from ...results.record import Record
from ...results.store import CELLS, RecordStore, read_records
from ..cells.missing import missing_datasets
from ..cells.transfer import AnyCell, required_networks
from ..folders import shipped_results
from ..measuring.budget import Budget
from ..measuring.code import code_of
from ..measuring.environment import now
from ..measuring.worker import Worker
from ..progress import Display
from ..training.checkpoints import Endpoint
from .claims import Claims
from .durations import Durations
from .executor import Executor, InProcess
from .jobs import jobs_of
from .pool import WorkerPool
from .scheduler import Ended, Run

FAILED = ("failed", "inequivalent")
"""Statuses of cells that a later run measures again, and that make this one fail."""


@dataclass
class Tally:
    """How the cells of one run ended.

    `kept` were there from an earlier run, `stale` of them measured by another state of their
    method's code; `elsewhere` were done by other runners meanwhile; `left` were not begun before
    the budget was spent.
    """

    done: int = 0
    skipped: int = 0
    kept: int = 0
    elsewhere: int = 0
    left: int = 0
    failures: list[tuple[AnyCell, str]] = field(default_factory=list)
    stale: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """The cells of a further run beside those of this one."""
        for name in ("done", "skipped", "kept", "elsewhere", "left"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failures += other.failures
        self.stale += other.stale

    def count(self, ended: Ended) -> None:
        """One more cell, and how it ended."""
        cell, status, reason = ended.result
        self.left -= 1
        self.elsewhere += ended.elsewhere
        if status in FAILED:
            self.failures.append((cell, reason))
        elif not ended.elsewhere:
            self.done += status == "done"
            self.skipped += status == "skipped"


class InterruptedRun(KeyboardInterrupt):
    """A run broken off from outside, and how its cells ended up to then."""

    def __init__(self, tally: Tally):
        super().__init__()
        self.tally = tally


class Engine:
    """Runs cells on one device and keeps their records below `home`.

    A cell that fails is recorded with its error, and the others go on. A run that is broken off
    loses no more than the cells at hand: the next one does what is missing. Several `workers` are
    processes that share the device and the cores, and so disturb each other's times a little. One
    alone works in this process, unless it is to be `apart`: a CUDA device that is broken is so for
    the whole process, and ends a run there (`BrokenDeviceError`).
    """

    def __init__(
        self,
        home: Path,
        device: torch.device | Sequence[torch.device],
        display: Display | None = None,
        workers: int = 1,
        executor: Callable[[], Executor] | None = None,
        isolate: bool = False,
        apart: bool = False,
    ):
        devices = [device] if isinstance(device, torch.device) else list(device)
        home = home.absolute()  # whatever becomes the current folder meanwhile
        self.records = RecordStore(home)
        self._home = home
        self._devices = devices
        self._display = display or Display()
        self._workers = max(workers, len(devices))
        self._isolate = isolate
        self._apart = apart
        self._made = executor
        self._worker = Worker(home, devices[0], self._display, self._workers)
        self._taken_up: dict[str, Record] = {}

    def take_up(self, cells: Iterable[AnyCell], folder: Path) -> None:
        """Count those of the `cells` as finished whose row in the tables of `folder` is.

        The home may be another one than that which measured them, or lost: tables are what is kept.
        Tables that cannot be read count for nothing here; `gather` says why.
        """
        unknown = {cell.key for cell in cells if not self.records.has(cell.key)}
        if not unknown or not (folder / CELLS).is_file():
            return
        with suppress(FileNotFoundError, ValueError):
            rows = (record for record in read_records(folder) if record.cell in unknown)
            self._taken_up |= {record.cell: record for record in rows if _is_final(record)}

    def record(self, cell: AnyCell) -> Record | None:
        """What is known of `cell`: its record in the home, else a finished one taken up."""
        return self.records.read(cell.key) or self._taken_up.get(cell.key)

    def is_finished(self, cell: AnyCell, rerun_stale: bool = False) -> bool:
        """Whether the cell has a record that need not be made again: it did not fail.

        With `rerun_stale` neither has another state of its method's code measured it.
        """
        record = self.record(cell)
        return record is not None and _is_good(record, cell, rerun_stale)

    def is_trained(self, endpoint: Endpoint) -> bool:
        """Whether the endpoint is stored."""
        return self._worker.is_trained(endpoint)

    def gather(
        self,
        cells: Iterable[AnyCell],
        folder: Path,
        prune: bool = False,
        further: Callable[[], Iterable[AnyCell]] = tuple,
    ) -> Gathered:
        """Write the tables of those `cells` that have a record, beside the rows in `folder`.

        `results.merging.gather_into` says which rows stay, what `prune` takes away, and when it
        asks for `further` cells.
        """
        keys = [cell.key for cell in cells]
        own = (record for key in keys if (record := self.records.read(key)))
        return gather_into(folder, own, set(keys), prune, lambda: {cell.key for cell in further()})

    @plugins_kept()
    def run(
        self,
        cells: Sequence[AnyCell],
        again: bool = False,
        budget: Budget | None = None,
        rerun_stale: bool = False,
    ) -> Tally:
        """Run those of the `cells` that are not finished, or all of them `again`.

        With `rerun_stale` also those that another state of their method's code has measured. When
        the `budget` is spent, no other network is trained and no other cell begun. Other runners on
        the same home share the work: each cell is measured once. Cells are skipped where their data
        set is not to be had, and fail where it is damaged. Raises `InterruptedRun` for a
        `KeyboardInterrupt`.
        """
        budget = budget or Budget()
        begun = now()
        # A key says which data a name stands for: what is not there is fetched before it is asked.
        absent = missing_datasets(cells)

        def kept(cell: AnyCell) -> Record | None:
            """The record of a cell that need not be measured."""
            record = self.record(cell)
            if record is None:
                return None
            good = not again and _is_good(record, cell, rerun_stale)
            # What a runner beside this one has made counts, even if it failed.
            return record if good or str(record["date"]) > begun else None

        finished = {cell: record for cell in cells if (record := kept(cell))}
        missing = [cell for cell in cells if cell not in finished]
        tally = Tally(kept=len(finished), left=len(missing))
        tally.stale.update(c.method.name for c, record in finished.items() if _is_stale(record, c))
        if not missing:
            return tally

        try:
            missing = self._with_data(missing, absent, tally)
            with Claims(self._home) as claims, self._executor(missing) as executor:
                durations = Durations(shipped_results())
                run = Run(missing, executor, self._worker, claims, kept, self._display, durations)
                for ended in run.outcomes(budget):
                    tally.count(ended)
                    self._display.advance()
        except KeyboardInterrupt as stop:
            raise InterruptedRun(tally) from stop
        return tally

    def _with_data(
        self, cells: Sequence[AnyCell], absent: Mapping[str, str], tally: Tally
    ) -> list[AnyCell]:
        """Those of the cells whose data can be had; the others are skipped or have failed."""
        damaged: dict[str, UserError] = {}
        for name in dict.fromkeys(e.dataset for c in cells for e in required_networks(c)):
            if name not in absent:
                try:
                    self._worker.load(name)
                except UserError as error:
                    damaged[name] = error
        found = []
        for cell in cells:
            names = [e.dataset for e in required_networks(cell)]
            if reason := next((absent[name] for name in names if name in absent), None):
                tally.count(Ended(self._worker.skip(cell, reason)))
            elif error := next((damaged[name] for name in names if name in damaged), None):
                tally.count(Ended(self._worker.fail(cell, error)))
            else:
                found.append(cell)
        return found

    def _executor(self, cells: Sequence[AnyCell]) -> Executor:
        if self._made is not None:
            return self._made()
        foreign = self._isolate or any(job.plugins for job in jobs_of(cells))
        if self._workers == 1 and not foreign and not self._apart:
            return InProcess(self._worker)
        return WorkerPool(self._home, self._devices, self._workers, self._display, self._isolate)


def _is_final(record: Record) -> bool:
    return record.status not in FAILED


def _is_good(record: Record, cell: AnyCell, rerun_stale: bool) -> bool:
    return _is_final(record) and not (rerun_stale and _is_stale(record, cell))


def _is_stale(record: Record, cell: AnyCell) -> bool:
    """Whether another state of the method's code has measured it, as far as is known."""
    return record["method_digest"] not in (None, code_of(cell))
