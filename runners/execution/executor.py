"""How jobs are carried out: here, one after the other; others are built to the same interface."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType

from .budget import Budget
from .jobs import Job, Training
from .worker import CellResult, Worker

JobResult = Sequence[CellResult] | Exception | None
"""How the cells of a job ended, or why it was lost; of a training `None`, or what broke it."""


class Executor(ABC):
    """Carries out jobs, up to `capacity` of them at a time; a context, at whose end it stops.

    What a job makes, a checkpoint or records, it keeps itself: only how it ended comes back.
    """

    capacity: int

    def __enter__(self) -> "Executor":
        return self

    def __exit__(  # noqa: B027  # most have nothing to stop
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; what was submitted and not begun is not."""

    @abstractmethod
    def submit(self, job: Job, budget: Budget) -> None:
        """Begin `job`; no more than `capacity` are given before their results are taken."""

    @abstractmethod
    def finished(self) -> Sequence[tuple[Job, JobResult]]:
        """Those that have ended since it was asked last, one at least: it waits for the first."""


class InProcess(Executor):
    """Carries out each job on `worker` as soon as it is given."""

    capacity = 1

    def __init__(self, worker: Worker):
        self._worker = worker
        self._done: list[tuple[Job, JobResult]] = []

    def submit(self, job: Job, budget: Budget) -> None:
        self._done.append((job, carry_out(job, self._worker, budget)))

    def finished(self) -> Sequence[tuple[Job, JobResult]]:
        done, self._done = self._done, []
        return done


def carry_out(job: Job, worker: Worker, budget: Budget) -> JobResult:
    """The job done on `worker`, and how it ended; a record that cannot be kept ends the run."""
    if not isinstance(job, Training):
        records = worker.records(job.cells, job.broken, budget)
        return [worker.keep(cell, record) for cell, record in records]
    try:
        worker.train(job.endpoint, str(job))
    except Exception as error:
        return error
    return None
