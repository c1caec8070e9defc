"""Jobs as arrays of SLURM, through submitit: one array for each class of resources."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UserError, require
from ..cells.merge import Cell
from ..measuring.budget import Budget
from ..progress import Display
from .executor import Executor, Outcome
from .jobs import Job, Training
from .remote import Answer, Order, fulfil, order, outcome

CLASSES = ("training", "merging", "cpu")
"""Classes of resources: networks that are trained; cells that are aligned, merged and evaluated;
cells that need no images, and so no GPU."""

JOBS_A_TASK = 16
"""Jobs that one task of an array does one after the other, so that it is worth its beginning."""

LOOK_EVERY = 0.5
"""Seconds between two looks at what has ended; submitit itself asks SLURM more seldom."""


class SlurmArrays(Executor):
    """At most `workers` tasks of each class at a time, each with `threads` CPUs.

    `resources` are submitit's parameters by class, beside those of all (`slurm_partition`,
    `timeout_min`, `mem_gb`, `gpus_per_node`, ...). Without SLURM, or with `cluster="local"`, tasks
    are processes of this machine. Scripts and logs go to `home`/slurm. `home` is a folder that all
    machines see under the same path, and so are data and plug-ins. Raises `UserError` where
    submitit is not installed or SLURM refuses.
    """

    def __init__(
        self,
        home: Path,
        display: Display,
        workers: int,
        threads: int = 1,
        resources: Mapping[str, Mapping[str, Any]] | None = None,
        cluster: str | None = None,
    ):
        require("slurm", "submitit")
        import submitit

        self.capacity = workers * JOBS_A_TASK
        self._submitit: Any = submitit
        self._home = home
        self._display = display
        self._workers = workers
        self._threads = threads
        self._given: dict[str, list[tuple[Job, Order]]] = defaultdict(list)
        self._tasks: dict[Any, tuple[list[Job], str]] = {}
        self._refused: list[Outcome] = []
        self._queues = {
            name: self._queue(name, (resources or {}).get(name, {}), cluster) for name in CLASSES
        }

    def _queue(self, name: str, own: Mapping[str, Any], cluster: str | None) -> Any:
        executor = self._submitit.AutoExecutor(self._home.absolute() / "slurm", cluster=cluster)
        usual = {"cpus_per_task": self._threads, "timeout_min": 24 * 60}
        try:
            executor.update_parameters(name=f"basinbench-{name}", **{**usual, **own})
        except (ValueError, TypeError, NameError) as error:
            raise UserError(f"SLURM's resources for {name}: {error}") from error
        return executor

    def __exit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()

    def submit(self, job: Job, budget: Budget) -> None:
        name = class_of(job)
        device = "cpu" if name == "cpu" else None
        beside = self._workers - 1
        try:
            what = order(job, budget, self._home, device, self._threads, beside)
        except UserError as error:
            self._refused.append(Outcome(job, error=error))
            return
        self._given[name].append((job, what))

    def finished(self, seconds: float | None = None) -> Sequence[Outcome]:
        self._send()
        self._display.doing(
            f"{sum(len(jobs) for jobs, _ in self._tasks.values())} jobs in SLURM's queue"
        )
        found, self._refused = self._refused, []
        end = None if seconds is None else time.monotonic() + seconds
        while not found and self._tasks and (end is None or time.monotonic() < end):
            for task in [task for task in self._tasks if task.done()]:
                jobs, _ = self._tasks.pop(task)
                found += self._outcomes(task, jobs)
            if not found:
                time.sleep(LOOK_EVERY)
        return found

    def _send(self) -> None:
        """Submit what was given, an array for each class."""
        given, self._given = self._given, defaultdict(list)
        for name, jobs in given.items():
            at_work = sum(each == name for _, each in self._tasks.values())
            size = min(JOBS_A_TASK, -(-len(jobs) // max(1, self._workers - at_work)))
            parts = [jobs[i : i + size] for i in range(0, len(jobs), size)]
            queue = self._queues[name]
            try:
                with queue.batch():
                    tasks = [queue.submit(fulfil_all, [w for _, w in part]) for part in parts]
            except self._submitit.core.utils.FailedJobError as error:
                raise UserError(f"SLURM refuses the array: {error}") from error
            for task, part in zip(tasks, parts, strict=True):
                self._tasks[task] = [job for job, _ in part], name

    def _outcomes(self, task: Any, jobs: list[Job]) -> list[Outcome]:
        try:
            answers: list[Answer] = task.result()
        except Exception as error:  # submitit's own, and whatever it could not read
            reason = " ".join(str(error).split())[:300]
            lost = UserError(f"lost by SLURM: {reason}")
            return [Outcome(job, error=lost, died=True) for job in jobs]
        return [outcome(job, each, self._home) for job, each in zip(jobs, answers, strict=True)]


def class_of(job: Job) -> str:
    """Which of `CLASSES` the job asks for."""
    if isinstance(job, Training):
        return "training"
    return "merging" if any(isinstance(cell, Cell) for cell in job.cells) else "cpu"


def fulfil_all(orders: Sequence[Order]) -> list[Answer]:
    """Do them one after the other, and say of each how it ended."""
    return [fulfil(each) for each in orders]
