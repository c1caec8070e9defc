"""Several processes that work on one grid side by side, each on its own share of the cores."""

import os
import signal
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from types import TracebackType

import torch

from ...errors import UserError
from ...methods.plugins.catalogue import methods
from ..errors import in_one_line, show_warnings_as_sentences
from ..progress import Display
from .budget import Budget
from .environment import limited_threads
from .executor import Executor, JobResult, carry_out
from .jobs import Job
from .worker import Worker

DIED = UserError(
    "a worker process died, perhaps because memory ran out; fewer --workers leave more for each"
)


class WorkerPool(Executor):
    """`workers` processes, which share the threads of this one; at the end of the context they go.

    They go as well when this process does, however it ends. A script that asks for them needs its
    `if __name__ == "__main__"`, as with all of Python's new processes.
    """

    def __init__(self, home: Path, device: torch.device, workers: int, display: Display):
        self.capacity = workers
        self._running: dict[Future[JobResult], Job] = {}
        self._display = display
        # Nothing is ever sent: the far end closes when this process lets go or dies.
        far, self._lifeline = Pipe(duplex=False)
        threads = max(1, torch.get_num_threads() // workers)
        self._threads = threads
        self._limits = ExitStack()
        self._begin = (home, device, workers, threads, far)
        self._pool = self._new_pool()

    def __enter__(self) -> "WorkerPool":
        self._limits.enter_context(limited_threads(self._threads))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._lifeline.close()  # whatever they are at: nobody waits for it
        self._pool.shutdown(cancel_futures=True)
        self._lifeline.close()
        self._limits.close()

    def submit(self, job: Job, budget: Budget) -> None:
        future = self._pool.submit(_carry_out, job, budget.left, budget.alignment)
        self._running[future] = job

    def finished(self) -> Sequence[tuple[Job, JobResult]]:
        self._display.doing("; ".join(map(str, self._running.values())))
        done = wait(self._running, return_when=FIRST_COMPLETED).done
        return [(self._running.pop(future), self._result(future)) for future in done]

    def _result(self, future: Future[JobResult]) -> JobResult:
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
        return ProcessPoolExecutor(self.capacity, get_context("spawn"), _begin_worker, self._begin)


# What follows runs in the other processes.


def _begin_worker(
    home: Path, device: torch.device, workers: int, threads: int, lifeline: Connection
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    show_warnings_as_sentences()
    torch.set_num_threads(threads)
    methods()  # a plug-in is imported before a cell that names it is unpickled
    global _worker
    _worker = Worker(home, device, workers=workers)


def _end_with(lifeline: Connection) -> None:
    lifeline.poll(None)
    os._exit(1)


_worker: Worker


def _carry_out(job: Job, left: float, alignment: float) -> JobResult:
    result = carry_out(job, _worker, Budget(left, alignment))
    # a traceback does not travel
    return UserError(in_one_line(result)) if isinstance(result, Exception) else result
