"""Which job of a grid is next: one loop for every way to carry them out."""

from collections.abc import Iterator, Sequence

from ..cells.merge import Cell
from ..cells.transfer import AnyCell
from ..training.checkpoints import Endpoint
from .budget import Budget
from .executor import Executor
from .jobs import Job, Measuring, Training
from .worker import CellResult, Worker, grouped, same_alignment


def outcomes(
    cells: Sequence[AnyCell], executor: Executor, worker: Worker, budget: Budget
) -> Iterator[CellResult]:
    """Run all `cells` by `executor`, and say how each ended, in the order in which they end.

    Networks that are missing are trained first, each once; of what can be done, the cells that
    come first are, so that a run that ends early has finished cells to show. A job that its
    executor lost fails its cells on `worker`, here. Nothing is begun once the budget is spent.
    """
    waiting = jobs_of(cells)
    needed = dict.fromkeys(e for job in waiting for e in job.needs)
    settled: set[Endpoint] = {e for e in needed if worker.is_trained(e)}
    broken: dict[Endpoint, Exception] = {}
    running: list[Job] = []
    while True:
        while len(running) < executor.capacity and not budget.spent:
            begun = {job.endpoint for job in running if isinstance(job, Training)}
            if (job := next_job(waiting, settled, begun)) is None:
                break
            if isinstance(job, Measuring):
                waiting.remove(job)
                job = job.knowing(broken)
            running.append(job)
            executor.submit(job, budget)
        if not running:
            return
        for job, result in executor.finished():
            running.remove(job)
            if isinstance(job, Measuring):
                if isinstance(result, Exception):
                    result = [worker.fail(cell, result) for cell in job.cells]
                yield from result or ()
                continue
            settled.add(job.endpoint)
            if isinstance(result, Exception):
                broken[job.endpoint] = result


def jobs_of(cells: Sequence[AnyCell]) -> list[Measuring]:
    """The cells, those together that one alignment serves; networks that share come in a row."""
    jobs = []
    for group in grouped(cells, lambda c: c.endpoints):
        merged = [cell for cell in group if isinstance(cell, Cell)]
        jobs += [Measuring(tuple(same)) for same in grouped(merged, same_alignment)]
        jobs += [Measuring((cell,)) for cell in group if not isinstance(cell, Cell)]
    return jobs


def next_job(
    waiting: Sequence[Measuring], settled: set[Endpoint], begun: set[Endpoint]
) -> Job | None:
    """The first that need not wait for a network, else the first network that one waits for."""
    for job in waiting:
        if settled.issuperset(job.needs):
            return job
    missing = (e for job in waiting for e in job.needs if e not in settled and e not in begun)
    endpoint = next(missing, None)
    return None if endpoint is None else Training(endpoint)
