"""Ten thousand cells on 1, 8 and 64 workers, simulated: how far from ideal, and what limits it.

    python tests/benchmarks/scheduling.py [CELLS]

The jobs are those of `mnist` and `claims`, again and again with other networks, each as long as the
committed rows say; a network trains as long as an epoch of it takes here, times its epochs, and a
process that has not the networks of a job at hand reads and evaluates them first. The order is that
of `Schedule` itself; nothing is run but one epoch of each kind of network. Prints a table, and what
a claim on a job costs.
"""

import heapq
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch

from basinbench.datasets.catalogue import load
from basinbench.runners.cells.merge import Cell
from basinbench.runners.cells.transfer import AnyCell
from basinbench.runners.execution.claims import Claims
from basinbench.runners.execution.durations import Durations
from basinbench.runners.execution.jobs import Job, Measuring, Training, jobs_of
from basinbench.runners.execution.schedule import Schedule
from basinbench.runners.folders import shipped_results
from basinbench.runners.grids.named import grids
from basinbench.runners.training.checkpoints import Endpoint
from basinbench.runners.training.train import train

LOADING = 4.0
"""Seconds to read and evaluate the networks of a job, of a pair of MNIST's perceptrons."""


def cells(count: int) -> tuple[list[AnyCell], dict[AnyCell, float]]:
    """So many cells, and how long each takes."""
    durations = Durations(shipped_results())
    known = [cell for name in ("mnist", "claims") for cell in grids()[name].cells()]
    seconds = {cell: durations.cell(cell) for cell in known}
    found: dict[AnyCell, float] = {}
    for turn in range(1 + count // len(known)):
        for cell in known:
            if isinstance(cell, Cell) and type(cell) is Cell:
                others = tuple(replace(e, seed=e.seed + 1000 * turn) for e in cell.endpoints)
                found[replace(cell, endpoints=others)] = seconds[cell]
    chosen = list(found)[:count]
    return chosen, {cell: found[cell] for cell in chosen}


@cache
def epoch_seconds(dataset: str, network: object, recipe: object) -> float:
    """One epoch of such a network, measured on a tenth of the images."""
    endpoint = Endpoint(network, dataset, replace(recipe, epochs=1), 0)  # type: ignore[arg-type]
    data = load(dataset)
    samples = endpoint.samples(data)
    part = samples.take(torch.arange(0, len(samples), 10))
    module = endpoint.network.build(data.shape, data.classes)
    start = time.perf_counter()
    train(module, part, endpoint.recipe, 0)
    return 10 * (time.perf_counter() - start)


def training_seconds(endpoint: Endpoint) -> float:
    """All epochs of the network."""
    one = replace(endpoint.recipe, epochs=1)
    return endpoint.recipe.epochs * epoch_seconds(endpoint.dataset, endpoint.network, one)


def simulate(
    jobs: list[Measuring], workers: int, seconds: dict[AnyCell, float], known: bool
) -> tuple[float, float, float]:
    """The time to the end, when the last network was there, and the longest wait of a worker."""

    def of_job(job: Job) -> float:
        if isinstance(job, Training):
            return training_seconds(job.endpoint)
        return sum(seconds[cell] for cell in job.cells)

    schedule = Schedule(jobs, (), of_job if known else None)
    at_hand: list[tuple[Endpoint, ...]] = [()] * workers
    free = list(range(workers))
    running: list[tuple[float, int, int, Job]] = []
    now = trained = idle = 0.0
    count = 0
    while True:
        while (
            free and (job := schedule.next([at_hand[w] for w in free] if known else ())) is not None
        ):
            needs = job.needs if isinstance(job, Measuring) else ()
            worker = next((w for w in free if at_hand[w] == needs), free[-1])
            free.remove(worker)
            loading = LOADING if needs and at_hand[worker] != needs else 0.0
            at_hand[worker] = needs or at_hand[worker]
            count += 1
            heapq.heappush(running, (now + loading + of_job(job), count, worker, job))
        if not running:
            return now, trained, idle
        end, _, worker, job = heapq.heappop(running)
        idle += len(free) * (end - now)
        now = end
        free.append(worker)
        schedule.done(job)
        if isinstance(job, Training):
            trained = now
            schedule.settle(job.endpoint)


def claim_seconds(count: int = 2000) -> float:
    """What it costs to claim a job and to give it back, on this machine's file system."""
    with tempfile.TemporaryDirectory() as folder, Claims(Path(folder)) as claims:
        start = time.perf_counter()
        for number in range(count):
            assert claims.take(f"job-{number}")
            claims.release(f"job-{number}")
        return (time.perf_counter() - start) / count


def rows(count: int) -> Iterator[str]:
    """The table."""
    chosen, seconds = cells(count)
    jobs = jobs_of(chosen)
    networks = {e for job in jobs for e in job.needs}
    work = sum(seconds.values()) + sum(map(training_seconds, networks))
    longest = max(sum(seconds[c] for c in job.cells) for job in jobs)
    yield (
        f"{len(chosen)} cells in {len(jobs)} jobs on {len(networks)} networks: "
        f"{work / 3600:.1f} h of work, the longest job {longest / 60:.1f} min, the longest "
        f"training {max(map(training_seconds, networks)) / 60:.1f} min"
    )
    orders: dict[str, Callable[[int], tuple[float, float, float]]] = {
        "not knowing": lambda workers: simulate(jobs, workers, seconds, known=False),
        "as it is": lambda workers: simulate(jobs, workers, seconds, known=True),
    }
    for workers in (1, 8, 64):
        for name, run in orders.items():
            end, trained, idle = run(workers)
            yield (
                f"{workers:3} workers, {name:13}: {end / 3600:6.2f} h, "
                f"{end * workers / work:.3f} of ideal, last network at {trained / end:.0%}, "
                f"workers idle {idle / (end * workers):.1%}"
            )
    yield f"a claim: {claim_seconds() * 1e6:.0f} us"


if __name__ == "__main__":
    torch.set_num_threads(1)
    for row in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000):
        print(row, flush=True)
