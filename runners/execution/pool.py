"""Several processes that work on one grid side by side, each on its own share of the cores."""

from collections import Counter
from collections.abc import Sequence
from multiprocessing import active_children
from pathlib import Path
from types import TracebackType

import torch

from ..cells.transfer import AnyCell
from ..measuring.budget import Budget
from ..progress import Display
from ..training.checkpoints import Endpoint
from .executor import Executor, Outcome
from .jobs import Job, Measuring
from .process import GRACE, Setup, WorkerProcess, ready

SPARE = 2
"""Idle processes that are kept for the plug-in whose code they have run."""


class WorkerPool(Executor):
    """`workers` processes, which share the threads of this one; at the end of the context they go.

    They go as well when this process does, however it ends. The code of a plug-in never runs in a
    process in which that of another, or ours alone, has run or will: what it does to its process
    is its own affair. With `isolate` each method is treated so. `beside`: how many more work on
    the same grid elsewhere; every record says how many did. Processes are dealt to `devices` in
    turn. A script that asks for them needs its `if __name__ == "__main__"`, as with all of Python's
    new processes.
    """

    def __init__(
        self,
        home: Path,
        devices: Sequence[torch.device],
        workers: int,
        display: Display,
        isolate: bool = False,
        beside: int = 0,
    ):
        self.capacity = workers
        self._side_by_side = workers + beside
        self._name = f"basinbench-{id(self)}"
        self._home = home
        self._devices = devices
        self._display = display
        self._isolate = isolate
        self._threads = max(1, torch.get_num_threads() // workers)
        self._busy: list[WorkerProcess] = []
        self._idle: list[tuple[frozenset[str], WorkerProcess]] = []  # the last one used last
        self._lost: list[Outcome] = []

    @property
    def at_hand(self) -> Sequence[tuple[Endpoint, ...]]:
        return [process.networks for _, process in self._idle]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        every = [*self._busy, *(process for _, process in self._idle)]
        for process in every:
            process.dismiss()
        for process in every:  # nobody waits for what they are at, when this is broken off
            process.kill(after=0 if kind is not None else GRACE)
        # A signal may have come before one that was begun had its place among them: this process
        # would wait for it for ever.
        for child in active_children():
            if child.name == self._name:
                child.kill()
        self._busy, self._idle = [], []

    def submit(self, job: Job, budget: Budget) -> None:
        process = self._process_for(self._tenant(job), job)
        if (error := process.submit(job, budget)) is not None:
            self._idle.append((self._tenant(job), process))
            self._lost.append(Outcome(job, error=error))
        else:
            self._busy.append(process)

    def finished(self, seconds: float | None = None) -> Sequence[Outcome]:
        self._display.doing("; ".join(str(process.job) for process in self._busy))
        found, self._lost = self._lost, []
        if not found:
            ready(self._busy, seconds)
        for process in list(self._busy):
            if (outcome := process.hear()) is not None:
                self._busy.remove(process)
                found.append(outcome)
                if process.is_alive:
                    self._idle.append((self._tenant(outcome.job), process))
        return found

    def _tenant(self, job: Job) -> frozenset[str]:
        """Whose code runs in a process that does `job`; empty where it is ours alone."""
        if self._isolate and isinstance(job, Measuring):
            return job.plugins | {_method(cell) for cell in job.cells}
        return job.plugins

    def _process_for(self, tenant: frozenset[str], job: Job) -> WorkerProcess:
        """An idle one for `tenant`, the one that has the job's networks at hand if one has."""
        self._idle = [(of, process) for of, process in self._idle if process.is_alive]
        fit = [found for found in self._idle if found[0] == tenant]
        if fit:
            wanted = job.needs if isinstance(job, Measuring) else ()
            found = max(fit, key=lambda one: one[1].networks == wanted)
            self._idle.remove(found)
            return found[1]
        while len(self._idle) + len(self._busy) >= self.capacity + SPARE:
            _, process = self._idle.pop(0)
            process.dismiss()
            process.kill(GRACE)
        alive = [*self._busy, *(process for _, process in self._idle)]
        taken = Counter(process.setup.device for process in alive)
        device = min(self._devices, key=lambda each: taken[each])
        return WorkerProcess(
            Setup(self._home, device, self._side_by_side, self._threads), self._name
        )


def _method(cell: AnyCell) -> str:
    return cell.method.name
