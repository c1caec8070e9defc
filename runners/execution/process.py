"""One process that carries out jobs, one at a time, and can be ended; and how it died."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

import torch

from ...environment_variables import set_environment
from ...errors import UserError
from ...plugin_files import plugins_kept
from ...standard_output import say_all_on_stderr
from ..errors import in_one_line, show_warnings_as_sentences
from ..measuring import budget as limits
from ..measuring.budget import Budget
from ..measuring.device_health import BrokenDeviceError
from ..measuring.worker import CellResult, Worker
from ..threads import limited_threads
from ..training.checkpoints import Endpoint
from .executor import Outcome, carry_out
from .jobs import Job, Measuring, demand_same, keys_of
from .travel import read, sent

GRACE = 3.0
"""Seconds that an alignment has to notice that its time is up, before its process is ended."""


@dataclass(frozen=True)
class Setup:
    """What a process is told when it begins; `workers` is how many there are, for the records."""

    home: Path
    device: torch.device
    workers: int
    threads: int
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class WorkerProcess:
    """A process with a `Worker` of its own; it goes when this one does, however that ends."""

    def __init__(self, setup: Setup, name: str = "basinbench"):
        self.setup = setup
        context = new_processes(setup.device)
        self._pipe, theirs = Pipe()
        # Nothing is ever sent: the far end closes when this process lets go or dies.
        far, self._lifeline = Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(theirs, far, setup), name=name)
        with limited_threads(setup.threads):
            self._process.start()
        theirs.close()
        far.close()
        self._results: list[CellResult] = []
        self._job: Job | None = None
        self.networks: tuple[Endpoint, ...] = ()  # of the last cells: it has them at hand
        self._limit = inf
        self._until = inf

    @property
    def job(self) -> Job | None:
        """What it is at."""
        return self._job

    @property
    def signs(self) -> list[Connection | int]:
        """What becomes ready when there is something to hear."""
        return [self._pipe, self._process.sentinel]

    @property
    def until(self) -> float:
        """When its alignment must have ended, in `time.monotonic()`."""
        return self._until

    def submit(self, job: Job, budget: Budget) -> Exception | None:
        """Begin `job`; the reason where it cannot be sent."""
        self._job, self._results, self._limit, self._until = job, [], inf, inf
        try:
            self._pipe.send_bytes(sent((job, keys_of(job), budget.left, budget.alignment)))
        except OSError:  # it is gone, which is heard when it is listened to
            return None
        except UserError as error:
            self._job = None
            return error
        if isinstance(job, Measuring):
            self.networks = job.needs
        return None

    def hear(self) -> Outcome | None:
        """How its job ended, if it has by now; a process that is late is ended."""
        while (job := self._job) is not None:
            try:
                if not self._pipe.poll():
                    break
                said = self._pipe.recv()
            except (EOFError, OSError):
                return self._dead(job)
            match said:
                case ("cell", result):
                    self._results.append(result)
                case ("limit", seconds):
                    self._limit = seconds
                    self._until = time.monotonic() + seconds + GRACE
                case ("fatal", error):
                    raise error
                case ("lost", error):
                    self.kill()
                    return self._lost(job, error, died=True)
                case ("ended", error):
                    self._job = None
                    return Outcome(job, self._results, error)
        if job is None:
            return None
        if not self._process.is_alive() and not self._pipe.poll():
            return self._dead(job)
        if time.monotonic() > self._until:
            limit = self._limit
            self.kill()
            reason = f"did not finish within {limit:g} s, nor when told to: its process was ended"
            return self._lost(job, UserError(reason), died=False)
        return None

    @property
    def is_alive(self) -> bool:
        """Whether another job can be given to it."""
        return self._process.is_alive() and not self._pipe.closed

    def kill(self, after: float = 0) -> None:
        """End it, whatever it is at, or after so many seconds if it has not ended by itself."""
        self._process.join(after)
        self._process.kill()
        self._process.join()
        self._close()

    def dismiss(self) -> None:
        """Let it end when it has done what it is at; nobody listens any more."""
        self._close()

    def _close(self) -> None:
        self._pipe.close()
        self._lifeline.close()

    def _dead(self, job: Job) -> Outcome:
        self._process.join(GRACE)
        code = self._process.exitcode
        self.kill()
        return self._lost(job, UserError(how_ended(code)), died=True)

    def _lost(self, job: Job, error: Exception, died: bool) -> Outcome:
        self._job = None
        return Outcome(job, self._results, error, died)


def new_processes(device: torch.device) -> Any:
    """How a process begins: never as a fork of this one, which may have threads by now.

    On Linux a server that has imported everything, and has neither threads nor a GPU at hand, forks
    a process in milliseconds; elsewhere, and for a GPU, each imports all by itself, in seconds.
    """
    if device.type != "cpu" or sys.platform != "linux":
        return get_context("spawn")
    server = get_context("forkserver")
    server.set_forkserver_preload([__name__, *_IMPORTED_LATE])
    return server


_IMPORTED_LATE = ("torch.export", "torch._dynamo")
"""What every process imports sooner or later, when it traces a network: seconds each."""


def how_ended(code: int | None) -> str:
    """The sentence for a process that ended by itself."""
    if code is None or code >= 0:
        return f"its process ended itself, with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    if name == "SIGKILL":
        return (
            "its process was killed, perhaps because memory ran out; fewer --workers leave more "
            "for each"
        )
    return f"its process was ended by {name}, as by a fault in compiled code"


# What follows runs in the other process.


@plugins_kept()
def _serve(pipe: Connection, lifeline: Connection, setup: Setup) -> None:
    begin(lifeline, setup.variables, setup.threads)

    def tell(*message: object) -> None:
        try:
            pipe.send(message)
        except OSError:  # nobody listens any more
            os._exit(1)

    limits.announce = lambda seconds: tell("limit", seconds)
    worker = Worker(setup.home, setup.device, workers=setup.workers)
    while True:
        set_environment(setup.variables)  # a job before may have changed them
        try:
            job, keys, left, alignment = read(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        except UserError as error:
            tell("ended", error)
            continue
        try:
            demand_same(job, keys)
        except UserError as other:
            tell("ended", UserError(str(other)))
            continue
        try:
            error = carry_out(job, worker, Budget(left, alignment), lambda r: tell("cell", r))
        except BrokenDeviceError as lost:  # another process may find it well
            tell("lost", lost)
            return
        except OSError as fatal:  # a record that cannot be written ends the run
            tell("fatal", OSError(str(fatal)))
            continue
        except BaseException as fault:  # none of a cell: those that are left fail of it
            error = fault
        # A traceback does not travel.
        tell("ended", UserError(in_one_line(error)) if error else None)


def begin(lifeline: Connection, variables: Mapping[str, str], threads: int) -> None:
    """Make this new process one that works for another, and ends with it.

    `lifeline` is ready when that one lets go.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    set_environment(variables)  # those of a server are not of today
    say_all_on_stderr()
    _die_with_parent()
    Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    show_warnings_as_sentences()
    torch.set_num_threads(threads)


def _end_with(lifeline: Connection) -> None:
    lifeline.poll(None)
    os._exit(1)


def _die_with_parent() -> None:
    """On Linux the system ends it too, where a call that holds the interpreter stops the thread."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def ready(processes: Sequence[WorkerProcess], seconds: float | None) -> None:
    """Wait until one of them has something to say or is late, at most so many seconds."""
    from multiprocessing.connection import wait

    late = min((p.until for p in processes), default=inf) - time.monotonic()
    limit = min(inf if seconds is None else seconds, max(late, 0) + 0.01)
    wait([sign for p in processes for sign in p.signs], None if limit == inf else limit)
