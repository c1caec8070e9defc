"""How jobs are carried out: here, one after the other; others are built to the same interface."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ...errors import UserError
from ..errors import in_one_line
from ..interrupts import pass_on_orders
from ..measuring.budget import Budget
from ..measuring.device_health import BrokenDeviceError
from ..measuring.worker import CellResult, Worker
from ..training.checkpoints import Endpoint
from .jobs import Job, Training


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a job ended: `results` of its cells, as far as they came, and what broke it off, if so.

    `died`: the process that was at it is gone, for a reason that may not be the job's.
    """

    job: Job
    results: Sequence[CellResult] = ()
    error: Exception | None = None
    died: bool = False


class Executor(ABC):
    """Carries out jobs, up to `capacity` of them at a time; a context, at whose end it stops.

    What a job makes, a checkpoint or records, it keeps itself: only how it ended comes back.
    """

    capacity: int

    @property
    def at_hand(self) -> Sequence[tuple[Endpoint, ...]]:
        """The networks that those who are free have at hand, and measure first on."""
        return ()

    def __enter__(self) -> Self:
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
        """Begin `job`; no more than `capacity` are given before their outcomes are taken."""

    @abstractmethod
    def finished(self, seconds: float | None = None) -> Sequence[Outcome]:
        """Those that have ended since it was asked last; it waits for one, at most so long."""


class InProcess(Executor):
    """Carries out each job on `worker` as soon as it is given."""

    capacity = 1

    def __init__(self, worker: Worker):
        self._worker = worker
        self._done: list[Outcome] = []
        self._networks: tuple[Endpoint, ...] = ()

    @property
    def at_hand(self) -> Sequence[tuple[Endpoint, ...]]:
        return (self._networks,)

    def submit(self, job: Job, budget: Budget) -> None:
        results: list[CellResult] = []
        error = carry_out(job, self._worker, budget, results.append)
        self._networks = self._networks if isinstance(job, Training) else job.needs
        self._done.append(Outcome(job, results, error))

    def finished(self, seconds: float | None = None) -> Sequence[Outcome]:
        del seconds
        done, self._done = self._done, []
        return done


def carry_out(
    job: Job, worker: Worker, budget: Budget, ended: Callable[[CellResult], None]
) -> Exception | None:
    """Do the job on `worker`, and tell of each cell when it has `ended`.

    Returns what broke a training; a record that cannot be kept ends the run, and a device that
    computes no more the process (`BrokenDeviceError`).
    """
    if not isinstance(job, Training):
        for cell, record in worker.records(job.cells, job.broken, budget):
            ended(worker.keep(cell, record))
        return None
    try:
        worker.train(job.endpoint, str(job))
    except BrokenDeviceError:
        raise
    except BaseException as error:
        pass_on_orders(error)
        return error if isinstance(error, Exception) else UserError(in_one_line(error))
    return None
