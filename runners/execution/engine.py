"""A grid's cells, run: each endpoint trained once, each alignment computed once, each cell kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ...datasets.digest import digest
from ...results.merging import Gathered, gather_into
from ...results.store import RecordStore
from ..cells.transfer import AnyCell, required_networks
from ..progress import Display
from ..training.checkpoints import Endpoint
from .budget import Budget
from .executor import Executor, InProcess
from .pool import WorkerPool
from .scheduler import outcomes
from .worker import Worker


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

    def count(self, cell: AnyCell, status: str, reason: str) -> None:
        """One more cell, and how it ended."""
        self.left -= 1
        self.done += status == "done"
        self.skipped += status == "skipped"
        if status == "failed":
            self.failures.append((cell, reason))


class Engine:
    """Runs cells on one device and keeps their records below `home`.

    A cell that fails is recorded with its error, and the others go on. A run that is broken off
    loses no more than the cells at hand: the next one does what is missing. Several `workers` are
    processes that share the device and the cores, and so disturb each other's times a little.
    """

    def __init__(
        self, home: Path, device: torch.device, display: Display | None = None, workers: int = 1
    ):
        self.records = RecordStore(home)
        self._home = home
        self._device = device
        self._display = display or Display()
        self._workers = workers
        self._worker = Worker(home, device, self._display, workers)

    def is_finished(self, cell: AnyCell) -> bool:
        """Whether the cell has a record that need not be made again: it did not fail."""
        record = self.records.read(cell.key)
        return record is not None and record.status != "failed"

    def is_trained(self, endpoint: Endpoint) -> bool:
        """Whether the endpoint is stored."""
        return self._worker.is_trained(endpoint)

    def gather(self, cells: Iterable[AnyCell], folder: Path, prune: bool = False) -> Gathered:
        """Write the tables of those `cells` that have a record, beside the rows in `folder`.

        `results.merging.gather_into` says which rows stay, and what `prune` takes away.
        """
        keys = [cell.key for cell in cells]
        own = (record for key in keys if (record := self.records.read(key)))
        return gather_into(folder, own, set(keys), prune)

    def run(
        self, cells: Sequence[AnyCell], again: bool = False, budget: Budget | None = None
    ) -> Tally:
        """Run those of the `cells` that are not finished, or all of them `again`.

        When the `budget` is spent, no other network is trained and no other cell begun. Raises
        `UserError` before any work where a data set cannot be had.
        """
        budget = budget or Budget()
        # A key says which data a name stands for: what is not there is fetched before it is asked.
        for name in dict.fromkeys(e.dataset for c in cells for e in required_networks(c)):
            if digest(name) is None:
                self._worker.load(name)
        missing = list(cells) if again else [c for c in cells if not self.is_finished(c)]
        tally = Tally(kept=len(cells) - len(missing), left=len(missing))
        self._display.start(len(missing))
        for name in dict.fromkeys(e.dataset for c in missing for e in required_networks(c)):
            self._worker.load(name)
        if missing:
            with self._executor() as executor:
                for outcome in outcomes(missing, executor, self._worker, budget):
                    tally.count(*outcome)
                    self._display.advance()
        return tally

    def _executor(self) -> Executor:
        if self._workers == 1:
            return InProcess(self._worker)
        return WorkerPool(self._home, self._device, self._workers, self._display)
