"""Several processes that work on one grid side by side, each on its own share of the cores."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

import torch

from ..methods.catalogue import methods
from ..methods.errors import UserError
from .any_cell import AnyCell, needs
from .bench import Bench, Outcome, grouped, same_alignment, training
from .budget import Budget
from .cells import Cell
from .endpoints import Endpoint
from .progress import Display
from .threads import limited_threads
from .user_errors import in_one_line, show_warnings_as_sentences

DIED = UserError(
    "a process of the run died, perhaps for want of memory; with fewer --workers each has more"
)


@dataclass(frozen=True, eq=False)
class _Training:
    """A job: one network."""

    endpoint: Endpoint

    def __str__(self) -> str:
        return training(self.endpoint)


@dataclass(frozen=True, eq=False)
class _Alignment:
    """A job: cells that one alignment serves, or one that aligns nothing."""

    cells: tuple[AnyCell, ...]

    @cached_property
    def needs(self) -> tuple[Endpoint, ...]:
        return needs(self.cells[0])

    def __str__(self) -> str:
        return str(self.cells[0])


class Crew:
    """`workers` processes, which share the threads of this one; a context, at whose end they go.

    They go as well when this process does, however it ends. A script that asks for them needs its
    `if __name__ == "__main__"`, as with all of Python's new processes.
    """

    def __init__(self, home: Path, device: torch.device, workers: int, display: Display):
        self._workers = workers
        self._display = display
        # Nothing is ever sent: the far end closes when this process lets go or dies.
        far, self._lifeline = Pipe(duplex=False)
        threads = max(1, torch.get_num_threads() // workers)
        self._threads = threads
        self._limits = ExitStack()
        self._begin = (home, device, workers, threads, far)
        self._pool = self._new_pool()

    def __enter__(self) -> "Crew":
        self._limits.enter_context(limited_threads(self._threads))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._lifeline.close()  # whatever they are at: nobody waits for it
        self._pool.shutdown(cancel_futures=True)
        self._lifeline.close()
        self._limits.close()

    def outcomes(self, cells: Sequence[AnyCell], bench: Bench, budget: Budget) -> Iterator[Outcome]:
        """Runs all `cells` and says how each ended, in the order in which they end.

        Networks that are missing are trained first, each once; of what can be done, the cells that
        come first are. Cells that a process did not survive are failed on `bench`, here.
        """
        waiting = _alignments(cells)
        needed = dict.fromkeys(e for job in waiting for e in job.needs)
        settled, broken = {e for e in needed if bench.is_trained(e)}, {}
        running: dict[Future, _Training | _Alignment] = {}
        while True:
            begun = {job.endpoint for job in running.values() if isinstance(job, _Training)}
            while len(running) < self._workers and not budget.spent:
                job = _next(waiting, settled, begun)
                if isinstance(job, _Alignment):
                    waiting.remove(job)
                    known = {e: broken[e] for e in job.needs if e in broken}
                    left = (budget.left, budget.alignment)
                    running[self._pool.submit(_run, job.cells, known, *left)] = job
                elif job:
                    begun.add(job.endpoint)
                    running[self._pool.submit(_train, job.endpoint)] = job
                else:
                    break
            if not running:
                return
            self._display.doing("; ".join(map(str, running.values())))
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                result = self._result(future)
                if isinstance(job, _Alignment):
                    if isinstance(result, Exception):
                        result = [bench.keep(c, bench.failed(c, result)) for c in job.cells]
                    yield from result
                    continue
                settled.add(job.endpoint)
                if result:
                    broken[job.endpoint] = result

    def _result(self, future: Future[Any]) -> Any:
        """What a job has come to, or why it was lost; processes that are gone are replaced."""
        try:
            return future.result()
        except BrokenProcessPool:
            self._pool.shutdown()
            self._pool = self._new_pool()
            return DIED
        except OSError:  # a record that cannot be written ends the run
            raise
        except Exception as error:  # all others come back as results, or on the way
            return UserError(f"cannot be handed to another process, run it without: {error}")

    def _new_pool(self) -> ProcessPoolExecutor:
        # Not `fork`: this process may have threads by now, and a CUDA context.
        return ProcessPoolExecutor(self._workers, get_context("spawn"), _begin, self._begin)


def _alignments(cells: Sequence[AnyCell]) -> list[_Alignment]:
    jobs = []
    for group in grouped(cells, lambda c: c.endpoints):
        trained = [cell for cell in group if isinstance(cell, Cell)]
        jobs += [_Alignment(tuple(same)) for same in grouped(trained, same_alignment)]
        jobs += [_Alignment((cell,)) for cell in group if not isinstance(cell, Cell)]
    return jobs


def _next(
    waiting: Sequence[_Alignment], settled: set[Endpoint], begun: set[Endpoint]
) -> _Training | _Alignment | None:
    """The first that need not wait for a network, else the first network that one waits for."""
    for job in waiting:
        if settled.issuperset(job.needs):
            return job
    missing = (e for job in waiting for e in job.needs if e not in settled and e not in begun)
    endpoint = next(missing, None)
    return None if endpoint is None else _Training(endpoint)


# What follows runs in the other processes.


def _begin(
    home: Path, device: torch.device, workers: int, threads: int, lifeline: Connection
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    show_warnings_as_sentences()
    torch.set_num_threads(threads)
    methods()  # a plug-in is imported before a cell that names it is unpickled
    global _bench
    _bench = Bench(home, device, workers=workers)


def _end_with(lifeline: Connection) -> None:
    lifeline.poll(None)
    os._exit(1)


_bench: Bench


def _train(endpoint: Endpoint) -> Exception | None:
    try:
        _bench.train(endpoint)
    except Exception as error:
        return UserError(in_one_line(error))  # a traceback does not travel
    return None


def _run(
    cells: tuple[AnyCell, ...], broken: dict[Endpoint, Exception], left: float, alignment: float
) -> list[Outcome]:
    records = _bench.records(cells, broken, Budget(left, alignment))
    return [_bench.keep(cell, record) for cell, record in records]
