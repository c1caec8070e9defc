"""One loop for every way to carry out the jobs of a run, alone or beside other runners."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...errors import UserError
from ...results.record import Record
from ..cells.transfer import AnyCell
from ..measuring.budget import Budget
from ..measuring.worker import CellResult, Worker
from ..progress import Display
from ..training.checkpoints import Endpoint
from .claims import Claims
from .durations import Durations
from .executor import Executor, Outcome
from .jobs import Job, Measuring, Training, jobs_of
from .schedule import Schedule

ATTEMPTS = 2
"""Processes that may die of a job before it counts as failed."""

SHORTEST_WAIT, LONGEST_WAIT = 0.05, 2.0
"""Seconds between two looks at what other runners have finished."""


@dataclass(frozen=True)
class Ended:
    """How a cell ended; `elsewhere`: another runner has measured it meanwhile."""

    result: CellResult
    elsewhere: bool = False


class Run:
    """The cells of one run on the way to their records, by an executor.

    `finished` gives the record of a cell that need not be measured (again), if it is there by now.
    A job is claimed before it is begun; what another runner is at is asked for again later, when
    there is nothing else to do. A job of which a process died is tried once more; then its cells
    fail. Nothing is begun once the budget is spent.
    """

    def __init__(
        self,
        cells: Sequence[AnyCell],
        executor: Executor,
        worker: Worker,
        claims: Claims,
        finished: Callable[[AnyCell], Record | None],
        display: Display,
        durations: Durations,
    ):
        jobs = jobs_of(cells)
        needed = dict.fromkeys(e for job in jobs for e in job.needs)
        trained = [e for e in needed if worker.is_trained(e)]
        self._display = display
        expected = durations.all(cells) / executor.capacity
        display.start(len(cells), len(needed) - len(trained), expected)
        self._schedule = Schedule(jobs, trained, durations.job)
        self._executor = executor
        self._worker = worker
        self._claims = claims
        self._finished = finished
        self._broken: dict[Endpoint, Exception] = {}
        self._elsewhere: list[Job] = []
        self._ended: list[Ended] = []
        self._running = 0

    def outcomes(self, budget: Budget) -> Iterator[Ended]:
        """Do everything, and say how each cell ended, in the order in which they end."""
        wait = SHORTEST_WAIT
        while True:
            self._begin(budget)
            found, self._ended = self._ended, []
            yield from found
            if not self._running and (budget.spent or not self._elsewhere):
                return
            wait = min(2 * wait, LONGEST_WAIT) if self._elsewhere and not found else SHORTEST_WAIT
            if self._running:
                for outcome in self._executor.finished(wait if self._elsewhere else None):
                    yield from self._take(outcome)
            else:
                time.sleep(wait)

    def _begin(self, budget: Budget) -> None:
        """Begin as much as the executor takes; what others were at is asked for once more."""
        asked_before, self._elsewhere = deque(self._elsewhere), []
        while self._running < self._executor.capacity and not budget.spent:
            job = self._schedule.next(self._executor.at_hand)
            if job is None and asked_before:
                self._schedule.put_back(asked_before.popleft())
                job = self._schedule.next()
            if job is None:
                break
            if not self._claims.take(job.claim):
                self._elsewhere.append(job)
                self._schedule.done(job)
            elif (left := self._left(job)) is None:
                self._claims.release(job.claim)
                self._schedule.done(job)
            else:
                self._executor.submit(left, budget)
                self._running += 1
        self._elsewhere += asked_before

    def _left(self, job: Job) -> Job | None:
        """What of `job` is still to be done, now that nobody else is at it; `None` if nothing."""
        if isinstance(job, Training):
            if not self._worker.is_trained(job.endpoint):
                return job
            self._settle(job.endpoint)
            return None
        there = {cell: record for cell in job.cells if (record := self._finished(cell))}
        for cell, record in there.items():
            result = (cell, record.status, str(record["reason"] or ""))
            self._ended.append(Ended(result, elsewhere=True))
        missing = [cell for cell in job.cells if cell not in there]
        return job.only(missing).knowing(self._broken) if missing else None

    def _settle(self, endpoint: Endpoint) -> None:
        self._schedule.settle(endpoint)
        self._display.trained()

    def _take(self, outcome: Outcome) -> Iterator[Ended]:
        """What an outcome says of cells; what it leaves undone is done again, or has failed."""
        self._running -= 1
        job = outcome.job
        self._schedule.done(job)
        try:
            yield from map(self._kept, outcome.results)
            if outcome.error is None:
                if isinstance(job, Training):
                    self._settle(job.endpoint)
            elif outcome.died and job.attempt + 1 < ATTEMPTS:
                self._schedule.put_back(_rest(outcome).again)
            elif isinstance(job, Training):
                self._broken[job.endpoint] = outcome.error
                self._settle(job.endpoint)
            else:
                error = _counted(outcome.error, job.attempt + 1) if outcome.died else outcome.error
                for cell in _missing(job, outcome):
                    yield Ended(self._worker.fail(cell, error))
        finally:
            self._claims.release(job.claim)

    def _kept(self, result: CellResult) -> Ended:
        """What was done has ended so where its record is found; else it is lost, and has failed."""
        cell, _, _ = result
        if self._worker.has_kept(cell):
            return Ended(result)
        lost = UserError("its record is not in the home to which it was written; run it again")
        return Ended(self._worker.fail(cell, lost))


def _rest(outcome: Outcome) -> Job:
    """The job without the cells that have ended."""
    job = outcome.job
    return job if isinstance(job, Training) else job.only(_missing(job, outcome))


def _missing(job: Measuring, outcome: Outcome) -> list[AnyCell]:
    ended = {cell for cell, _, _ in outcome.results}
    return [cell for cell in job.cells if cell not in ended]


def _counted(error: Exception, attempts: int) -> Exception:
    return UserError(f"{error} ({attempts} attempts)")
